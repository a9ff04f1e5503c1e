"""How the bot answers interactions: the callback, and the messages that follow through the interaction's token."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from tests.fake_discord import limits, payloads
from tests.fake_discord.call import Call, Route
from tests.fake_discord.components import Json
from tests.fake_discord.errors import Refusal
from tests.fake_discord.interactions import AUTOCOMPLETE, COMPONENT, MODAL_SUBMIT, Interaction, metadata
from tests.fake_discord.model import EPHEMERAL, Message
from tests.fake_discord.world import World
from tests.fake_discord.writing import Uploads, compose, rewrite


class Kind(IntEnum):
    """The types of a first answer."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    SUGGESTIONS = 8
    MODAL = 9


class Answering:
    """Knows every interaction by its id and by its token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def expect(self, interaction: Interaction) -> None:
        self._by_id[interaction.id] = self._by_token[interaction.token] = interaction

    def routes(self) -> list[Route]:
        there = "/webhooks/{application}/{token}"
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self._callback),
            ("POST", there, self._follow_up),
            ("GET", f"{there}/messages/@original", self._get),
            ("PATCH", f"{there}/messages/@original", self._edit),
            ("DELETE", f"{there}/messages/@original", self._delete),
            ("GET", f"{there}/messages/{{message}}", self._get),
            ("PATCH", f"{there}/messages/{{message}}", self._edit),
            ("DELETE", f"{there}/messages/{{message}}", self._delete),
        ]

    # --- the first answer

    def _callback(self, call: Call) -> Any:
        interaction = self._by_id.get(call.number("interaction"))
        if interaction is None or interaction.token != call.text("token") or interaction.failed:
            raise Refusal(10062)
        if interaction.acknowledged:
            raise Refusal(40060)
        kind, data = call.body.get("type"), call.body.get("data") or {}
        _allow(interaction, kind)
        self._answer(interaction, kind, data, call.uploads)
        interaction.response = kind
        return self._described(interaction) if call.query.get("with_response") in {"1", "true"} else None

    def _answer(self, interaction: Interaction, kind: int, data: Json, uploads: Uploads) -> None:
        match kind:
            case Kind.MESSAGE:
                interaction.original = self._show(interaction, data, uploads, ephemeral=_wants_ephemeral(data))
            case Kind.DEFERRED_MESSAGE:
                interaction.loading = True
                interaction.loading_ephemeral = _wants_ephemeral(data)
            case Kind.DEFERRED_UPDATE | Kind.UPDATE:
                interaction.original = interaction.message
                if kind == Kind.UPDATE and interaction.message is not None:
                    self._change(interaction.message, data, uploads)
            case Kind.SUGGESTIONS:
                _refuse(limits.choice_problems(data.get("choices")) + limits.unicode_problems(data))
                interaction.choices = data["choices"]
            case _:
                _refuse(limits.modal_problems(data) + limits.unicode_problems(data))
                interaction.modal = data

    def _described(self, interaction: Interaction) -> Json:
        told: Json = {
            "id": str(interaction.id),
            "type": interaction.type,
            "response_message_loading": interaction.loading,
            "response_message_ephemeral": interaction.loading_ephemeral,
        }
        resource: Json = {"type": interaction.response or 0}
        original = interaction.original
        if interaction.loading:
            told["response_message_id"] = str(interaction.original_id)
        elif original is not None:
            told["response_message_id"] = str(original.id)
            told["response_message_ephemeral"] = original.ephemeral
        if original is not None and interaction.response in {Kind.MESSAGE, Kind.UPDATE}:
            resource["message"] = payloads.message(original, self._world.bot_user)
        return {"interaction": told, "resource": resource}

    # --- later answers

    def _follow_up(self, call: Call) -> Json:
        """The first one after "thinking…" takes its place, and is as private as that was."""
        interaction = self._of_token(call)
        if interaction.loading:
            shown = self._fill(interaction, call.body, call.uploads)
        else:
            shown = self._show(interaction, call.body, call.uploads, ephemeral=_wants_ephemeral(call.body))
        return payloads.message(shown, self._world.bot_user)

    def _get(self, call: Call) -> Json:
        return payloads.message(self._found(call), self._world.bot_user)

    def _edit(self, call: Call) -> Json:
        interaction = self._of_token(call)
        if interaction.loading and call.raw("message") in {"", str(interaction.original_id)}:
            return payloads.message(self._fill(interaction, call.body, call.uploads), self._world.bot_user)
        message = self._found(call)
        self._change(message, call.body, call.uploads)
        return payloads.message(message, self._world.bot_user)

    def _delete(self, call: Call) -> None:
        interaction, message = self._of_token(call), self._found(call)
        if interaction.original is message:
            interaction.original = None
        if not message.ephemeral:
            self._world.remove_message(message)

    def _of_token(self, call: Call) -> Interaction:
        interaction = self._by_token.get(call.text("token"))
        if call.number("application") != self._world.application_id or interaction is None:
            raise Refusal(10015)
        if interaction.expired:
            raise Refusal(50027)
        if not interaction.acknowledged:
            raise Refusal(10015)
        return interaction

    def _found(self, call: Call) -> Message:
        """The first answer, or one of the later ones by its number."""
        interaction, wanted = self._of_token(call), call.raw("message")
        known = {str(message.id): message for message in interaction.messages}
        message = known.get(wanted) if wanted else interaction.original
        if message is None or not (message.ephemeral or message.id in message.channel.messages):
            raise Refusal(10008)
        return message

    def _show(
        self, interaction: Interaction, body: Json, uploads: Uploads, *, ephemeral: bool, number: int = 0
    ) -> Message:
        seen_by = interaction.member.user if ephemeral else None
        message = compose(
            self._world, interaction.channel, body, uploads, seen_by=seen_by, id=number, metadata=metadata(interaction)
        )
        interaction.messages.append(message)
        if not ephemeral:
            self._world.add_message(message)
        return message

    def _fill(self, interaction: Interaction, body: Json, uploads: Uploads) -> Message:
        interaction.original = self._show(
            interaction, body, uploads, ephemeral=interaction.loading_ephemeral, number=interaction.original_id
        )
        interaction.loading = False
        return interaction.original

    def _change(self, message: Message, body: Json, uploads: Uploads) -> None:
        rewrite(self._world, message, body, uploads)
        if not message.ephemeral:
            self._world.message_told("MESSAGE_UPDATE", message)


def _allow(interaction: Interaction, kind: Any) -> None:
    """Suggestions answer suggestions only; a form cannot open a form; only what stands on a message can update it."""
    if interaction.type == AUTOCOMPLETE:
        allowed = {Kind.SUGGESTIONS}
    else:
        allowed = {Kind.MESSAGE, Kind.DEFERRED_MESSAGE}
        if interaction.type != MODAL_SUBMIT:
            allowed.add(Kind.MODAL)
        if interaction.type in {COMPONENT, MODAL_SUBMIT}:
            allowed.add(Kind.DEFERRED_UPDATE)
        if interaction.message is not None:
            allowed.add(Kind.UPDATE)
    if kind not in allowed:
        raise Refusal(50035, f"an interaction of type {interaction.type} is answered with type {kind}")


def _refuse(problems: list[str]) -> None:
    if problems:
        raise Refusal(50035, *problems)


def _wants_ephemeral(data: Json) -> bool:
    return bool((data.get("flags") or 0) & EPHEMERAL)
