"""Forms: a pydantic model is the form, its validation and its typed result.

    class NewTip(Form, title="Share a tip", submit="Share"):
        text: Paragraph = Field(title="What did you learn?", max_length=1000)

Field kinds are the annotated types below. Platforms draw them as they can; the errors people read come from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.core.events import Ref, Value, Values
from bot.core.storable import LARGEST_NUMBER, storable
from bot.core.tags import normalised_tags
from bot.core.text import Text

FieldKind = Literal["line", "paragraph", "choice", "choices", "tags", "person", "datetime", "url", "number", "yesno"]


@dataclass(frozen=True, slots=True)
class Widget:
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of a field when they are always the same. Where they depend on the reader, a prefill gives them."""

    options: tuple[Option, ...]


def _person(value: Any) -> Any:
    try:
        return Ref.parse(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("Please choose a person.") from None


def _web_address(value: str) -> str:
    if value.lower().startswith("www."):  # as people copy it from a page
        value = f"https://{value}"
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, value)):
        raise ValueError("This should be a web address, like https://example.org/page.")
    return value


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _not_a_number(value: Any) -> Any:
    try:
        float(value)  # pydantic would take it as seconds since 1970
    except (TypeError, ValueError):
        return value
    return ""


def _wall_time(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("Give the time as your own clock shows it, without a zone.")
    return value


def _storable_number(value: int) -> int:
    if abs(value) > LARGEST_NUMBER:
        raise ValueError("This number is too large.")
    return value


Line = Annotated[str, Widget("line")]
Paragraph = Annotated[str, Widget("paragraph")]
Choice = Annotated[str, Widget("choice")]
Choices = Annotated[tuple[str, ...], BeforeValidator(_several), Widget("choices")]
Tags = Annotated[tuple[str, ...], BeforeValidator(normalised_tags), Widget("tags")]
PersonChoice = Annotated[Ref, BeforeValidator(_person), Widget("person")]
WallTime = Annotated[datetime, BeforeValidator(_not_a_number), AfterValidator(_wall_time), Widget("datetime")]
Url = Annotated[str, AfterValidator(_web_address), Widget("url")]
Number = Annotated[int, AfterValidator(_storable_number), Widget("number")]
YesNo = Annotated[bool, Widget("yesno")]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as a platform needs it to draw it."""

    name: str
    kind: FieldKind
    title: str
    hint: str = ""
    required: bool = True
    max_length: int | None = None
    options: tuple[Option, ...] = ()


class Form(BaseModel):
    """Base of every form. ``title`` and ``submit`` (the button's label) are given where the class is made.

    ``kept=False``: what is typed is a secret, never kept as a draft.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="forbid")
    submit: ClassVar[str] = "Send"
    kept: ClassVar[bool] = True

    def __init_subclass__(cls, *, submit: str = "Send", kept: bool = True, **kwargs: Any) -> None:
        cls.submit, cls.kept = submit, kept
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """pydantic hands the class keywords on; ours were read above, ``title`` is pydantic's own."""

    @classmethod
    def heading(cls) -> str:
        return cls.model_config.get("title") or cls.__name__

    @classmethod
    def fields(cls) -> tuple[FormField, ...]:
        return tuple(_field(name, info) for name, info in cls.model_fields.items())

    @classmethod
    def steps(cls, per_step: int) -> int:
        """In how many steps it is filled where ``per_step`` fields are shown at a time (0: all)."""
        return -(-len(cls.model_fields) // per_step) if per_step else 1

    @classmethod
    def step_of(cls, names: Iterable[str], per_step: int) -> int:
        """The first step, counted from 0, that has one of these fields."""
        order = list(cls.model_fields)
        return min((order.index(name) // per_step for name in names if name in order and per_step), default=0)

    @classmethod
    def begins_with(cls) -> Values:
        """What is chosen already when it opens: people see what would be taken if they chose nothing."""
        return {name: info.default for name, info in cls.model_fields.items() if _is_chosen(info)}

    @classmethod
    def typed(cls, text: str) -> Values:
        """Where text that was typed after a command goes: into the first field of text."""
        first = next((item.name for item in cls.fields() if item.kind in ("line", "paragraph", "url")), None)
        return {first: text} if first and text else {}

    @classmethod
    def too_long(cls, values: Values) -> Mapping[str, str]:
        """Which values are too long already, in the words of ``parse``: said when a form opens, not after it was sent."""
        problems = {}
        for item in cls.fields():
            value = values.get(item.name)
            if isinstance(value, str) and item.max_length and len(value) > item.max_length:
                problems[item.name] = f"At most {item.max_length:,} characters, please; this has {len(value):,}."
        return problems

    @classmethod
    def parse(cls, values: Values) -> Self | Mapping[str, str]:
        """The filled form, or what is wrong with it: field name → one sentence for the person who filled it."""
        given = {name: storable(value) for name, value in values.items() if not _is_empty(value)}
        problems = {field.name: problem for field in cls.fields() if (problem := _not_an_option(field, given))}
        try:
            form = cls.model_validate(given)
        except ValidationError as error:
            for details in error.errors(include_url=False, include_input=True):
                problems.setdefault(str(details["loc"][0]) if details["loc"] else "", _sentence(details))
            return problems
        for item in cls.fields():
            if item.required and getattr(form, item.name) == ():  # tags of which nothing is left
                problems.setdefault(item.name, "Please fill this in.")
        return problems or form


def _is_empty(value: Value) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not storable(value).strip())


def _metadata(info: FieldInfo) -> tuple[Any, ...]:
    # ``PersonChoice | None`` keeps its annotations inside the union.
    inner = [item for part in get_args(info.annotation) for item in getattr(part, "__metadata__", ())]
    return (*info.metadata, *inner)


def _is_chosen(info: FieldInfo) -> bool:
    """A choice of one with a default: there is no choosing nothing."""
    return isinstance(info.default, str) and info.default != "" and Widget("choice") in _metadata(info)


def _field(name: str, info: FieldInfo) -> FormField:
    metadata = _metadata(info)
    kind = next((item.kind for item in metadata if isinstance(item, Widget)), None)
    if kind is None:
        raise TypeError(f"field {name!r} needs one of the field kinds of bot.core.forms")
    required = info.is_required() or _is_chosen(info)
    options = next((item.options for item in metadata if isinstance(item, Options)), ())
    longest = next((item.max_length for item in metadata if hasattr(item, "max_length")), None)
    return FormField(name, kind, info.title or name, info.description or "", required, longest, options)


def _not_an_option(field: FormField, given: Mapping[str, Value]) -> str:
    if not field.options or field.name not in given:
        return ""
    value = given[field.name]
    chosen = value if isinstance(value, list) else [value]
    known = {option.value for option in field.options}
    return "" if all(item in known for item in chosen) else "Please choose one of the options."


def _sentence(details: ErrorDetails) -> str:
    """pydantic's error in words for people: what is wrong, what to do."""
    limits = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return "Please fill this in."
        case "string_too_short":
            return f"A little more, please: at least {limits['min_length']} characters."
        case "string_too_long":
            return f"At most {limits['max_length']:,} characters, please; this has {len(details['input']):,}."
        case "too_long":
            return f"At most {limits['max_length']}, please."
        case "int_parsing" | "int_parsing_size" | "int_type" | "int_from_float":
            return "This should be a whole number, like 12."
        case "greater_than_equal":
            return f"This should be {limits['ge']} or more."
        case "less_than_equal":
            return f"This should be {limits['le']} or less."
        case "greater_than":
            return f"This should be more than {limits['gt']}."
        case "less_than":
            return f"This should be less than {limits['lt']}."
        case "datetime_parsing" | "datetime_from_date_parsing" | "datetime_type":
            return "This should be a date and a time, like 2026-03-05 14:30."
        case "bool_parsing" | "bool_type":
            return "Please answer yes or no."
        case "value_error":
            return str(limits["error"])
        case "extra_forbidden":
            return "This form has no such field."
        case _:
            return "This does not look right; please check it."


def is_draft(text: str) -> bool:
    """Whether it may be the id of a draft, or of none (""): it goes into buttons, so nothing else is taken for one."""
    return re.fullmatch(r"[A-Za-z0-9_-]{0,40}", text) is not None


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a form starts with: values, the choices that depend on who reads it, and a closing note."""

    values: Values = field(default_factory=dict)
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    note: Text = ()


@dataclass(frozen=True, slots=True)
class FormView:
    """A form about to be shown. ``origin`` comes back in the Submit event, as does ``draft``, the double-submit key.

    Where a platform shows at most ``per_step`` fields at a time (0: all), this is one ``step`` of it, counted from 0.
    """

    form: type[Form]
    origin: str
    draft: str
    values: Values
    options: Mapping[str, tuple[Option, ...]]
    note: Text = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    per_step: int = 0
    step: int = 0

    def fields(self) -> tuple[FormField, ...]:
        """The fields to draw, with this reader's choices."""
        fields = self.form.fields()
        if self.per_step:
            fields = fields[self.step * self.per_step : (self.step + 1) * self.per_step]
        return tuple(replace(item, options=self.options.get(item.name, item.options)) for item in fields)
