"""Plain form elements drawn without the template engine, for the bar that stands above every list."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

INPUTS = {f"django/forms/widgets/{name}.html" for name in ("text", "checkbox", "hidden")}
SELECT = "django/forms/widgets/select.html"
GROUP = '<optgroup label="{}">{}</optgroup>'


class Drawn(DjangoTemplates):
    """Gives the same elements as Django's templates; widgets it doesn't know are left to those."""

    def render(
        self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        if template_name in INPUTS:
            return _input(context["widget"])
        if template_name == SELECT:
            return _select(context["widget"])
        return SafeString(super().render(template_name, dict(context), request))


def _input(widget: Mapping[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, _attributes(widget)
    )


def _select(widget: Mapping[str, Any]) -> SafeString:
    groups = [
        format_html(GROUP, name, _options(options)) if name else _options(options)
        for name, options, _index in widget["optgroups"]
    ]
    body = format_html_join("", "{}", ((group,) for group in groups))
    return format_html('<select name="{}"{}>{}</select>', widget["name"], _attributes(widget), body)


def _options(options: list[Mapping[str, Any]]) -> SafeString:
    form = '<option value="{}"{}>{}</option>'
    return format_html_join(
        "", form, ((option["value"], _attributes(option), option["label"]) for option in options)
    )


def _attributes(widget: Mapping[str, Any]) -> SafeString:
    """The attributes as HTML: False leaves one out, True stands without a value."""
    given = [(name, value) for name, value in widget["attrs"].items() if value is not False]
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in given))


def _attribute(name: str, value: object) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
