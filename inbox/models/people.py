"""Agents, what they may do in a workspace, and the teams they work in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What one may do; each role may do all that the ones before it may."""

    OPERATOR = "operator", _("Operator")
    LEAD = "lead", _("Team lead")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class AgentManager(BaseUserManager["Agent"]):
    def get_by_natural_key(self, username: str | None) -> Agent:
        return self.get(email__iexact=username)

    def active(self) -> models.QuerySet[Agent]:
        return self.filter(is_active=True)


class Agent(AbstractBaseUser):
    """A person who answers. Deactivated, never deleted: history names them."""

    email = models.EmailField()
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=8, default="system")
    settings = models.JSONField(default=dict, blank=True)
    """What the agent chose for the page: pane widths, density, sort."""
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[AgentManager] = AgentManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="agent_email"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent's role in a workspace."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.OPERATOR)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "agent"], name="membership_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.role}"


class Team(models.Model):
    """People who share a queue: the team's unassigned open conversations."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    name = models.CharField(max_length=80)
    agents = models.ManyToManyField(Agent, through="TeamMember", related_name="teams")
    is_default = models.BooleanField(default=False)
    """The team of whatever no rule gives to another."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="team_name"),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_default=True),
                name="team_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    agent = models.ForeignKey(Agent, models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "agent"], name="team_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.agent_id}"
