"""Every address: a resource. What may be done to it, and by whom, says its view."""

from __future__ import annotations

from django.urls import URLPattern, path

from inbox.views import (
    channels,
    connecting,
    conversation,
    desk,
    door,
    me,
    people,
    pulse,
    replies,
    report,
    triage,
)

_talk = "conversations/<int:conversation_id>/"
_channel = "channels/<int:channel_id>/"
_agent = "people/agents/<int:agent_id>/"

urlpatterns: list[URLPattern] = [
    path("log-in/", door.log_in, name="login"),
    path("log-out/", door.log_out, name="log_out"),
    path("set-up/", door.set_up, name="set_up"),
    path("me/", me.show, name="me"),
    path("", desk.show, name="desk"),
    path("rows/", desk.rows, name="rows"),
    path("pulse/", pulse.show, name="pulse"),
    path(_talk, conversation.show, name="conversation"),
    path(f"{_talk}live/", conversation.live, name="conversation_live"),
    path(f"{_talk}replies/", replies.replies, name="replies"),
    path(f"{_talk}notes/", replies.note, name="notes"),
    path(f"{_talk}draft/", replies.draft, name="draft"),
    path(f"{_talk}assignment/", triage.assignment, name="assignment"),
    path(f"{_talk}team/", triage.team, name="team"),
    path(f"{_talk}tags/", triage.tags, name="tags"),
    path(f"{_talk}tags/<int:tag_id>/", triage.tag_removal, name="tag_removal"),
    path(f"{_talk}category/", triage.category, name="category"),
    path(f"{_talk}priority/", triage.priority, name="priority"),
    path(f"{_talk}resolution/", triage.resolution, name="resolution"),
    path(f"{_talk}reopening/", triage.reopening, name="reopening"),
    path("messages/<int:message_id>/arrival/", replies.arrival, name="message_arrival"),
    path("messages/<int:message_id>/retry/", replies.retry, name="message_retry"),
    path("channels/", channels.index, name="channels"),
    path("channels/new/", connecting.kinds, name="channel_kinds"),
    path("channels/new/<slug:kind>/", connecting.new, name="channel_new"),
    path("channels/tests/<uuid:test_id>/", connecting.progress, name="connection_test"),
    path(
        "channels/tests/<uuid:test_id>/channel/",
        connecting.begin,
        name="connection_begin",
    ),
    path(_channel, channels.show, name="channel"),
    path(f"{_channel}test/", channels.test, name="channel_test"),
    path(f"{_channel}credentials/", connecting.again, name="channel_again"),
    path(f"{_channel}sending/", channels.sending, name="channel_sending"),
    path(f"{_channel}reading/", channels.reading, name="channel_reading"),
    path(f"{_channel}teams/", channels.teams, name="channel_teams"),
    path("people/", people.index, name="people"),
    path("people/agents/", people.agents, name="agents"),
    path(f"{_agent}role/", people.role, name="agent_role"),
    path(f"{_agent}teams/", people.teams, name="agent_teams"),
    path(f"{_agent}activity/", people.activity, name="agent_activity"),
    path("people/teams/", people.new_team, name="teams"),
    path("reports/agents/", report.show, name="report"),
    path("reports/agents.csv", report.csv, name="report_csv"),
    path("reports/agents/rows/", report.rows, name="report_rows"),
]
