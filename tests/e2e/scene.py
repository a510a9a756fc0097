"""A day at the desk as rows: customers, posts, waits of every kind, answers.

Written through the same services as in earnest, without a worker: pages and keys need
something to look at, not a network.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

from django.utils import timezone

from connectors import Form, Inbound, Media, MediaKind, PostRef, Receipt
from inbox.models import (
    Category,
    Channel,
    Conversation,
    Message,
    Outcome,
    Priority,
    Stream,
    Visibility,
)
from inbox.services import notes, people, reply, settle, triage, workspaces
from tests import make

GRINDER = PostRef(
    id="post-grinder",
    text="The new grinder is here: 40 settings, one knob, no noise before seven.",
    url="https://social.example/@kawaipara/1",
)
FIRMWARE = PostRef(id="post-firmware", text="Firmware 1.4 is out", url=None)


@dataclass(slots=True, kw_only=True)
class Scene:
    """Conversations by a short name, on one channel that everybody sees."""

    people: SimpleNamespace
    channel: Channel
    stream: Stream
    talks: dict[str, Conversation] = field(default_factory=dict)

    def says(self, name: str, text: str, *, minutes: float, **fields: object) -> None:
        """The customer wrote so many minutes ago; we read it half a minute later."""
        at = timezone.now() - timedelta(minutes=minutes)
        fields.setdefault("author", make.author(name, name=name.title()))
        item = make.item(text=text, published_at=at, **fields)
        self.store(item, at=at + timedelta(seconds=30))
        found = Message.objects.get(channel=self.channel, external_id=item.external_id)
        if found.conversation is not None:
            self.talks[name] = found.conversation

    def store(self, *items: Inbound, at: datetime) -> None:
        make.store(self.stream, *items, now=min(at, timezone.now()))

    def answers(
        self, name: str, text: str, *, minutes: float, private: bool = False
    ) -> None:
        """Marta answered, and the network has it."""
        at = timezone.now() - timedelta(minutes=minutes)
        talk = self.talks[name]
        sent = reply.submit(
            talk.pk,
            by=self.people.operator,
            text=text,
            visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
            seen=reply.newest(talk),
            key=uuid.uuid4(),
            now=at,
        )
        settle.settle(sent, Receipt(external_id=f"sent-{sent.pk}"), now=at)


def open_scene(crew: SimpleNamespace) -> Scene:
    """The house and its channel, nobody waiting yet."""
    channel = make.channel(
        handle="@kawaipara@social.example",
        name="Kawa i Para",
        read_from=timezone.now() - timedelta(days=2),
        url="https://social.example/@kawaipara",
    )
    stream = make.stream(channel)
    return Scene(people=crew, channel=channel, stream=stream)


def furnish(crew: SimpleNamespace) -> Scene:
    """A full desk: late, soon, later, answered; three languages; public and private."""
    scene = open_scene(crew)
    _comments(scene)
    _messages(scene)
    _mentions(scene)
    _work(scene)
    return scene


def _comments(scene: Scene) -> None:
    under = {"thread_id": "root-grinder", "post": GRINDER}
    scene.says(
        "tomek",
        "Stuck at 37 percent since the update, and the red light blinks. "
        "I tried the steam button as the manual says.",
        minutes=190,
        author=make.author("tomek", name="Tomek Wójcik", followers=12_400, city="Łódź"),
        **under,
    )
    scene.says(
        "zofia",
        "Same here, mine came back to life after an hour.",
        minutes=170,
        addressed=False,
        author=make.author("zofia", name="Zofia Lis", followers=310),
        **under,
    )
    scene.says(
        "marek",
        "Dzień dobry, czy młynek pasuje do starszego modelu z 2023 roku?",
        minutes=80,
        language="pl",
        author=make.author("marek", name="Marek Dąbrowski", city="Gdańsk"),
        post=FIRMWARE,
    )


def _messages(scene: Scene) -> None:
    private = {"form": Form.MESSAGE, "thread_id": "dialog-anya"}
    anya = make.author("anya", name="Аня Соколова", followers=87, city="Minsk")
    scene.says(
        "anya",
        "Здравствуйте! Заказ 4471 не пришёл, а курьер пишет, что доставлен.",
        minutes=45,
        author=anya,
        language="ru",
        **private,
    )
    scene.answers(
        "anya", "Проверяем у курьера, ответим сегодня.", minutes=30, private=True
    )
    scene.says(
        "anya",
        "Спасибо, жду. Вот фото пустого ящика.",
        minutes=12,
        author=anya,
        language="ru",
        media=(Media(kind=MediaKind.IMAGE, ref="box", alt="an empty box"),),
        **private,
    )


def _mentions(scene: Scene) -> None:
    scene.says(
        "kai",
        "@kawaipara best flat white in town, thank you for opening on Sundays",
        minutes=9,
        form=Form.MENTION,
        author=make.author(
            "kai", name="Kai Brandt", followers=2_310_000, city="Berlin"
        ),
    )
    scene.says(
        "ola",
        "@kawaipara is the shop on Piotrkowska open tomorrow?",
        minutes=3,
        form=Form.MENTION,
        author=make.author("ola", name="Ola", followers=54),
    )


def _work(scene: Scene) -> None:
    """What colleagues did with them since."""
    crew, talks, now = scene.people, scene.talks, timezone.now()
    marta, piotr = crew.operator, crew.lead
    warranty = people.create_team(
        workspace=workspaces.default(), by=crew.admin, name="Warranty", now=now
    )
    both = [workspaces.default_team(workspaces.default()), warranty]
    for agent in (marta, piotr):
        people.set_teams(
            workspace=workspaces.default(),
            by=crew.admin,
            agent=agent,
            teams=both,
            now=now,
        )
    tomek, marek, kai = talks["tomek"].pk, talks["marek"].pk, talks["kai"].pk
    early = now - timedelta(minutes=150)
    triage.assign(tomek, by=piotr, to=marta, now=early)
    triage.tag(tomek, by=marta, name="firmware", now=early)
    triage.tag(tomek, by=marta, name="steam", now=early)
    triage.categorise(tomek, by=marta, category=Category.COMPLAINT, now=early)
    triage.prioritise(tomek, by=piotr, priority=Priority.HIGH, now=early)
    scene.answers("tomek", "Hold the steam button for 10 seconds.", minutes=120)
    notes.add(
        tomek, by=piotr, text="Third case this week.", now=now - timedelta(minutes=60)
    )
    scene.says(
        "tomek",
        "Did that twice, still stuck at 37.",
        minutes=50,
        thread_id="root-grinder",
        post=GRINDER,
        author=make.author("tomek", name="Tomek Wójcik", followers=12_400, city="Łódź"),
    )
    triage.categorise(marek, by=marta, category=Category.QUESTION, now=now)
    triage.categorise(kai, by=marta, category=Category.PRAISE, now=now)
    triage.resolve(
        kai, by=marta, outcome=Outcome.NO_REPLY_NEEDED, reason="praise", now=now
    )
