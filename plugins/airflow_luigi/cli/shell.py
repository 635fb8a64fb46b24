"""Read a line of shell as far as crontabs need it: its commands, their words, and what ``$(...)`` runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_luigi.cli.crontab import UnreadableError

# One character stands for each command substitution: from Unicode's private use area, which no line has.
_FIRST, _LAST = 0xE000, 0xF8FF
MARK = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")

_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_REDIRECT_NUMBER = re.compile(r"\d+(?=[<>])")
_REDIRECTIONS = (">", ">>", "<", ">&", "<&", "&>", "&>>", ">|")
_SEPARATORS = ("&&", ";", "||", "|", "|&")
_SHELL_WORDS = ("{", "}", "!", "if", "for", "while", "until", "case", "[", "[[", "test")
_INTO_LOG = ("tee", "logger", "ts", "cat", "systemd-cat")


@dataclass(frozen=True)
class Command:
    """A simple command of a line.

    :param words: its words, with a private character for each substitution in them.
    :param before: the operator in front of it, as ``"&&"``; empty for the first.
    """

    words: tuple[str, ...]
    before: str


class Line:
    """A line of shell.

    :param text: as the shell gets it.
    :param environment: the variables that are known.
    :raises UnreadableError: there is something in it that is not read here.
    """

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        if MARK.search(text):
            raise UnreadableError("there are characters of Unicode's private use area")
        self._environment = dict(environment)
        self._substitutions: list[str] = []
        self._unknown: dict[str, str] = {}
        self.commands = self.split(text)

    def split(self, text: str) -> list[Command]:
        """Give the simple commands of a text, without their redirections."""
        marked = self._marked(text)
        lexer = shlex.shlex(marked, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, ""
        try:
            tokens = list(lexer)
        except ValueError as error:
            raise UnreadableError(f"the shell's quotes don't match: {error}") from None
        return _commands(tokens)

    def substitution(self, mark: str) -> str:
        """Give the text that stands in the ``$(...)`` of a mark.

        :raises UnreadableError: it is a variable's, which the crontab does not set.
        """
        text = self._substitutions[ord(mark) - _FIRST]
        if mark in self._unknown:
            raise UnreadableError(f"the crontab does not say what ${self._unknown[mark]} is")
        return text

    def shown(self, word: str) -> str:
        """Give a word as it was written."""
        return MARK.sub(
            lambda match: (
                f"${self._unknown[match[0]]}"
                if match[0] in self._unknown
                else f"$({self._substitutions[ord(match[0]) - _FIRST]})"
            ),
            word,
        )

    def _mark(self, text: str) -> str:
        mark = chr(_FIRST + len(self._substitutions))
        self._substitutions.append(text)
        return mark

    def _marked(self, text: str) -> str:
        """Put marks for substitutions, and values for variables, where no single quotes are around them."""
        parts: list[str] = []
        position, quote = 0, ""
        while position < len(text):
            character = text[position]
            if character == "\\" and quote != "'":
                parts.append(text[position : position + 2])
                position += 2
                continue
            if character in "\"'" and quote in ("", character):
                quote = "" if quote else character
            elif quote != "'" and character in "$`":
                found, position = self._expanded(text, position, quoted=quote == '"')
                parts.append(found)
                continue
            elif not quote and (number := _REDIRECT_NUMBER.match(text, position)) and _begins(text, position):
                position = number.end()
                continue
            parts.append(character)
            position += 1
        return "".join(parts)

    def _expanded(self, text: str, position: int, *, quoted: bool) -> tuple[str, int]:
        if text[position] == "`":
            end = text.find("`", position + 1)
            if end < 0:
                raise UnreadableError("there is a ` without its other one")
            return self._mark(text[position + 1 : end]), end + 1
        if text.startswith("$((", position):
            raise UnreadableError("it calculates with $((...))")
        if text.startswith("$(", position):
            end = _closing(text, position + 2)
            return self._mark(text[position + 2 : end]), end + 1
        match = _VARIABLE.match(text, position)
        if match is None:
            if re.match(r"\$[{?!$@*#\d]", text[position : position + 2]):
                raise UnreadableError(f"the shell's {text[position : position + 2]} is not read")
            return "$", position + 1
        name = match[1] or match[2]
        if name not in self._environment:
            mark = self._mark(name)
            self._unknown[mark] = name
            return mark, match.end()
        value = self._environment[name]
        # What is not quoted is several words if there are spaces in it.
        words = [value] if quoted else value.split()
        return (value if quoted and not re.search(r'["\\$`]', value) else shlex.join(words)), match.end()


def _begins(text: str, position: int) -> bool:
    """Tell whether a word begins here."""
    return position == 0 or text[position - 1] in " \t;&|"


def _closing(text: str, position: int) -> int:
    depth, quote = 1, ""
    for index in range(position, len(text)):
        character = text[index]
        if character in "\"'" and quote in ("", character):
            quote = "" if quote else character
        elif not quote:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return index
    raise UnreadableError("there is a $( without its )")


def _commands(tokens: list[str]) -> list[Command]:
    commands: list[Command] = []
    words: list[str] = []
    before = ""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token in _REDIRECTIONS:
            position += 1
        elif token in _SEPARATORS:
            if words:
                commands.append(Command(tuple(words), before))
            words, before = [], token
        elif token.startswith("#"):
            break
        elif set(token) <= set("();<>|&") or (not words and token in _SHELL_WORDS):
            raise UnreadableError(f"the shell's {token} is not read")
        else:
            words.append(token)
        position += 1
    if words:
        commands.append(Command(tuple(words), before))
    return [each for each in commands if not (each.before == "|" and each.words[0] in _INTO_LOG)]


def unwrapped(
    words: tuple[str, ...], line: Line, notes: Callable[[str, str], object]
) -> list[Command] | tuple[str, ...]:
    """Take one program off that runs another: ``nice``, ``timeout``, ``flock``, ``env``, ``sh -c``, ...

    :param notes: is told of what that program did, as ``("timeout", "1h")``.
    :return: the words of the other program; the commands, where the other is a text for a shell; or the words
        as they are.
    :raises UnreadableError: it is used in a way that is not read here.
    """
    name = words[0].rpartition("/")[2]
    if name not in _WRAPPERS:
        return words
    options_with_value, positional = _WRAPPERS[name]
    rest = list(words[1:])
    while rest and rest[0].startswith("-") and rest[0] != "--":
        option = rest.pop(0)
        if name in ("sh", "bash", "dash", "zsh") and re.fullmatch(r"-[a-z]*c", option):
            return _script(name, rest, line)
        if option in options_with_value and rest:
            rest.pop(0)
    if rest[:1] == ["--"]:
        rest.pop(0)
    taken = [rest.pop(0) for _ in range(min(positional, len(rest)))]
    notes(name, taken[0] if taken else "")
    if name == "flock" and rest[:1] in (["-c"], ["--command"]):
        return _script(name, rest[1:], line)
    while name == "env" and rest and re.match(r"[A-Za-z_]\w*=", rest[0]):
        notes("assignment", rest.pop(0))
    if name in ("sh", "bash", "dash", "zsh"):
        raise UnreadableError(f"it runs the script {' '.join(rest[:1])}")
    if not rest:
        raise UnreadableError(f"there is no command behind {name}")
    return tuple(rest)


def _script(name: str, rest: list[str], line: Line) -> list[Command]:
    if len(rest) != 1:
        raise UnreadableError(f"{name} -c has not one text behind it")
    return line.split(rest[0])


# Name -> the options that have a value as the next word, and how many words stand before the command.
_WRAPPERS: dict[str, tuple[tuple[str, ...], int]] = {
    "nice": (("-n", "--adjustment"), 0),
    "ionice": (("-c", "-n", "--class", "--classdata"), 0),
    "timeout": (("-s", "-k", "--signal", "--kill-after"), 1),
    "flock": (("-w", "-E", "--timeout", "--wait", "--conflict-exit-code"), 1),
    "env": (("-u", "--unset"), 0),
    "nohup": ((), 0),
    "setsid": ((), 0),
    "exec": ((), 0),
    "time": (("-o", "-f"), 0),
    "chronic": ((), 0),
    "sh": ((), 0),
    "bash": ((), 0),
    "dash": ((), 0),
    "zsh": ((), 0),
    "poetry": ((), 1),
    "pipenv": ((), 1),
    "uv": ((), 1),
}
