"""Tables of statuses and what they become."""

from datetime import UTC, datetime

import pytest

from connectors.mastodon.parse import (
    author_id,
    parse_author,
    parse_deleted,
    parse_media,
    status_text,
)
from connectors.types import Inbound, Media, MediaKind, PostRef, Root, Watched
from tests.connectors.mastodon.statuses import (
    AT,
    BOB,
    BOB_LINK,
    BRAND,
    COMMENT,
    DM,
    NAMED,
    OTHERS,
    POST,
    account,
    mention,
    parsed,
    reply,
    status,
    us,
)


def test_a_status_keeps_all_it_has() -> None:
    given = status(
        mentions=NAMED,
        content=f"<p>{BRAND} see <br>this</p>",
        spoiler_text="rant",
        edited_at="2026-11-21T11:00:00.500Z",
    )
    assert parsed(given) == Inbound(
        external_id="100",
        thread_id="100",
        form="mention",
        addressed=True,
        direction="in",
        author=parse_author(account()),
        text="[CW: rant]\n@brand see\nthis",
        url="https://here.example/@anna/100",
        published_at=datetime(2026, 11, 21, 10, tzinfo=UTC),
        edited_at=datetime(2026, 11, 21, 11, 0, 0, 500_000, tzinfo=UTC),
        language="en",
        can=("reply", "private_reply", "like", "block"),
        handle={
            "status": "100",
            "account": "20",
            "acct": "anna",
            "visibility": "public",
            "form": "mention",
            "direction": "in",
            "published_at": "2026-11-21T10:00:00+00:00",
        },
    )


FORMS = {
    "a mention": (status(mentions=NAMED), (), "mention", True, "100"),
    "a comment": (COMMENT, (POST,), "comment", True, "1"),
    "a comment without our name": (reply(POST, "3"), (POST,), "comment", True, "1"),
    "a reply to a customer": (
        reply(COMMENT, "3", account=BOB),
        (POST, COMMENT),
        "comment",
        False,
        "1",
    ),
    "a reply to a customer that carries our name along": (
        reply(
            COMMENT,
            "3",
            account=BOB,
            mentions=[*NAMED, mention(account())],
            content=f"<p>@anna {BRAND} so true</p>",
        ),
        (POST, COMMENT),
        "comment",
        False,
        "1",
    ),
    "a reply to a customer that asks us": (
        reply(
            COMMENT,
            "3",
            account=BOB,
            mentions=NAMED,
            content=f"<p>@anna and what does {BRAND}, say?</p>",
        ),
        (POST, COMMENT),
        "comment",
        True,
        "1",
    ),
    "a reply to a customer with our name first": (
        reply(
            COMMENT,
            "3",
            account=BOB,
            mentions=NAMED,
            content=f"<p>{BRAND} @anna well?</p>",
        ),
        (POST, COMMENT),
        "comment",
        True,
        "1",
    ),
    "a reply to our answer under a stranger's post": (
        reply(reply(OTHERS, "6", account=us()), "8"),
        (OTHERS, reply(OTHERS, "6", account=us())),
        "comment",
        True,
        "5",
    ),
    "a mention under a stranger's post": (
        reply(OTHERS, "6", mentions=NAMED),
        (OTHERS,),
        "mention",
        True,
        "5",
    ),
    "a private message": (DM, (), "message", True, "7"),
    "a private answer in the dialog": (
        reply(DM, "8", visibility="direct"),
        (DM,),
        "message",
        True,
        "7",
    ),
    "a private message about a public comment": (
        reply(COMMENT, "9", visibility="direct"),
        (POST, COMMENT),
        "message",
        True,
        "9",
    ),
    "followers only": (
        status(mentions=NAMED, visibility="private"),
        (),
        "mention",
        True,
        "100",
    ),
}


@pytest.mark.parametrize("case", FORMS)
def test_form_and_thread_follow_from_the_place(case: str) -> None:
    given, known, form, addressed, thread = FORMS[case]
    item = parsed(given, *known)
    assert (item.form, item.addressed, item.thread_id) == (form, addressed, thread)
    assert item.direction == "in"


def test_the_same_place_whether_known_or_asked() -> None:
    """Read in order, or the middle of a thread first."""
    deep = reply(COMMENT, "3", account=BOB)
    assert parsed(deep, POST, COMMENT) == parsed(deep, chain=[POST, COMMENT])


def test_a_comment_shows_its_post_and_the_comment_above() -> None:
    deep = reply(reply(COMMENT, "3", account=us()), "4")
    item = parsed(deep, POST, COMMENT, reply(COMMENT, "3", account=us()))
    assert item.post == PostRef(id="1", text="Our post", url=POST["url"])
    assert item.root == Root(
        id="2", text="A comment", author=parse_author(account()), url=COMMENT["url"]
    )
    assert parsed(COMMENT, POST).root is None


def test_a_mention_in_a_strangers_thread_shows_its_root() -> None:
    item = parsed(reply(OTHERS, "6", mentions=NAMED), OTHERS)
    assert item.root == Root(
        id="5", text="Their post", author=parse_author(BOB), url=OTHERS["url"]
    )
    assert item.post is None


def test_a_post_shows_its_picture() -> None:
    media = [
        {"id": "1", "type": "image", "url": "https://f/x", "preview_url": "https://f/p"}
    ]
    post = status("1", account=us(), media_attachments=media)
    assert parsed(reply(post), post).post.image == "https://f/p"


def test_replies_to_a_parent_that_is_gone_stay_together() -> None:
    one, two = reply(COMMENT, "3"), reply(COMMENT, "4", account=BOB)
    assert parsed(one).thread_id == parsed(two).thread_id == "2"
    to_ours = reply(reply(OTHERS, "6", account=us()), "8")
    assert (parsed(to_ours).form, parsed(to_ours).addressed) == ("comment", True)


def test_what_we_say_goes_out() -> None:
    item = parsed(reply(COMMENT, "3", account=us()), POST, COMMENT)
    assert (item.direction, item.addressed, item.can) == ("out", False, ())
    assert item.handle["acct"] is None


def test_a_quote_of_us_is_a_mention_with_what_it_quotes() -> None:
    given = status(
        quote={"state": "accepted", "quoted_status": POST},
        content='<p>Ha</p><p class="quote-inline">RE: <a href="x">x</a></p>',
    )
    item = parsed(given)
    assert (item.form, item.addressed, item.text) == ("mention", True, "Ha")
    assert item.root.id == "1"


TEXTS = {
    "an unquoted marker stays": (
        status(content='<p>a</p><p class="quote-inline">RE: x</p>'),
        "a\n\nRE: x",
    ),
    "two people of one name": (
        status(
            content=f"<p>{BOB_LINK} and "
            '<a href="https://other.example/@bob" class="u-url mention">@bob</a></p>',
            mentions=[
                mention(BOB),
                mention(account("31", "bob@other.example")),
            ],
        ),
        "@bob@far.example and @bob@other.example",
    ),
    "an emoji's code": (status(content="<p>:blobcat: hi</p>"), ":blobcat: hi"),
    "a warning without text": (
        status(content="", spoiler_text="only this"),
        "[CW: only this]\n",
    ),
    "the source of a deleted one": (
        {k: v for k, v in status(text="a < b").items() if k != "content"},
        "a < b",
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_text_is_what_people_read(case: str) -> None:
    given, text = TEXTS[case]
    assert status_text(given) == text


def test_media_keep_what_they_have() -> None:
    given = status(
        media_attachments=[
            {
                "id": "1",
                "type": "image",
                "url": "https://f.example/1.png",
                "description": "A cat",
                "meta": {"original": {"width": 640, "height": 480.0}},
            },
            {"id": "2", "type": "gifv", "url": "https://f.example/2.mp4", "meta": None},
            {
                "id": "3",
                "type": "unknown",
                "url": None,
                "remote_url": "https://r/3.pdf",
            },
            {"id": "4", "type": "image", "url": None, "remote_url": None},
        ]
    )
    assert parse_media(given) == (
        Media(
            kind=MediaKind.IMAGE,
            ref="https://f.example/1.png",
            width=640,
            height=480,
            alt="A cat",
        ),
        Media(kind=MediaKind.VIDEO, ref="https://f.example/2.mp4"),
        Media(kind=MediaKind.FILE, ref="https://r/3.pdf"),
    )


def test_an_author_is_known_by_what_the_network_knows_him_by() -> None:
    assert author_id(BOB) == "https://far.example/users/bob"
    assert author_id({**BOB, "uri": None}) == "https://far.example/@bob"
    assert author_id({"acct": "x@y"}) == "acct:x@y"
    assert author_id({**BOB, "id": "999"}) == author_id(BOB)  # another instance's id


@pytest.mark.parametrize(
    ("count", "followers"), [(7, 7), (0, 0), (-1, None), (None, None)]
)
def test_reach_is_a_number_or_unknown(count: int | None, followers: int | None) -> None:
    assert parse_author(account(followers_count=count)).followers == followers


def test_a_nameless_author_is_called_by_user_name() -> None:
    assert parse_author(account(display_name="")).name == "anna"


def test_a_deleted_status_is_told_from_its_handle() -> None:
    item = parsed(COMMENT, POST)
    watched = Watched(external_id="2", thread_id="1", mark="m", handle=item.handle)
    gone = parse_deleted(watched)
    assert (gone.deleted, gone.text, gone.author) == (True, "", None)
    assert (gone.external_id, gone.thread_id, gone.form) == ("2", "1", "comment")
    assert gone.published_at == item.published_at


def test_times_without_a_zone_are_utc() -> None:
    item = parsed(status(created_at=AT.removesuffix("Z"), mentions=NAMED))
    assert item.published_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
