"""XMP: the packet of XML that says of a picture that it is synthetic, and in JPEG and WebP holds our recipe.

A property is an attribute or a child of ``rdf:Description`` (XMP specification part 1, 7). Packets of others are kept:
ours is one more ``rdf:Description`` beside theirs, which the specification counts as one with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

NAMESPACE = "urn:promptkit:recipe:1/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SYNTHETIC = f"{SOURCE_TYPE}trainedAlgorithmicMedia"
"""Made by a model alone (IPTC NewsCodes, digital source type)."""
COMPOSITE = f"{SOURCE_TYPE}compositeWithTrainedAlgorithmicMedia"
"""A picture of another origin that a model changed a part of."""
DIGITAL_SOURCE = "DigitalSourceType"
MAX_DEPTH = 40
_OPEN = f'<rdf:Description rdf:about="" xmlns:promptkit="{NAMESPACE}"'
_CLOSE = "</rdf:Description>"
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, section 2.2."""
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f'<rdf:RDF xmlns:rdf="{RDF}">\n%s</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
)


class _Refused(Exception):
    """An XML document that declares entities, or is nested too deep."""


def properties(packet: str) -> Mapping[str, str] | None:
    """Return the properties of a packet, ``namespace + name`` → text; of several texts the first.

    ``None`` where it is no XML, or declares a document type: entities can be made to swell without end.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(_UNSAYABLE.sub("\ufffd", packet).strip("\ufeff \n\t\0").encode(), True)
    except (expat.ExpatError, _Refused):
        return None
    return reader.found


def _refuse(*_: object) -> None:
    raise _Refused


class _Reader:
    """Collects properties while expat goes through a packet."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._texts: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._path.append(tag.replace("\n", ""))
        if len(self._path) > MAX_DEPTH:
            raise _Refused
        if self._path[-1] == f"{RDF}Description":
            for name, value in attributes.items():
                self.found.setdefault(name.replace("\n", ""), value)
        elif len(self._path) == self._depth + 1:
            self._texts = [attributes[name] for name in (f"{RDF}\nresource",) if name in attributes]

    @property
    def _depth(self) -> int:
        """Where the innermost description stands, from 1; 0 outside of any."""
        return max((i for i, tag in enumerate(self._path, 1) if tag == f"{RDF}Description"), default=0)

    @property
    def _property(self) -> str | None:
        depth = self._depth
        return self._path[depth] if depth and len(self._path) > depth else None

    def text(self, data: str) -> None:
        if self._property is not None:
            self._texts.append(data)

    def end(self, _: str) -> None:
        name, depth = self._property, self._depth
        if name is not None and (len(self._path) == depth + 1 or self._path[-1] == f"{RDF}li"):
            said = "".join(self._texts).strip()
            if said:
                self.found.setdefault(name, said)
            self._texts = []
        self._path.pop()


def recipe_in(packet: str) -> str | None:
    """Return the JSON text of our record out of a packet; ``None`` where there is none."""
    return (properties(packet) or {}).get(f"{NAMESPACE}record") if NAMESPACE in packet else None


def described(*, source: str | None, model: Any = None, licence: Any = None, record: str | None = None) -> str:
    """Return our ``rdf:Description``: where the picture comes from (one of IPTC's digital source types), which model
    made it and under which licence the model is had, and our record as JSON where the format has no better place.
    ``""`` where there is nothing to say."""
    parts = {
        f"Iptc4xmpExt:{DIGITAL_SOURCE}": source,
        "Iptc4xmpExt:AISystemUsed": model and _said(f"{model}"),
        "promptkit:modelLicence": licence and _said(f"{licence}"),
        "promptkit:record": record and _said(record),
    }
    lines = "".join(f"<{name}>{value}</{name}>\n" for name, value in parts.items() if value)
    return f'{_OPEN}\n xmlns:Iptc4xmpExt="{IPTC}">\n{lines}{_CLOSE}\n' if lines else ""


def _said(value: str) -> str:
    return escape(_UNSAYABLE.sub("\ufffd", value))


def packet(description: str) -> str:
    """Return a whole packet with one description in it."""
    return PACKET % description


def merged(before: str | None, description: str, source: str | None = None) -> str:
    """Return a packet with our description in the place of that which was there, beside those of others.

    Where others say another digital source type, ``source`` takes its place, unless they say that the whole picture is
    synthetic. A packet that cannot be read gives way.
    """
    if not before:
        return packet(description)
    others = without_ours(before)
    end, known = others.rfind("</rdf:RDF>"), properties(others)
    if end < 0 or known is None:
        return packet(description)
    told = known.get(f"{IPTC}{DIGITAL_SOURCE}")
    if told is not None:
        said_by_us = f"<Iptc4xmpExt:{DIGITAL_SOURCE}>{source}</Iptc4xmpExt:{DIGITAL_SOURCE}>\n"
        description = description.replace(said_by_us, "")
        if source is not None and told != SYNTHETIC:
            end += len(source) - len(told) if told in others[:end] else 0
            others = others.replace(told, source, 1)
    return others[:end] + description + others[end:]


def without_ours(packet: str) -> str:
    """Return a packet without our descriptions."""
    while (start := packet.find(_OPEN)) >= 0 and (end := packet.find(_CLOSE, start)) >= 0:
        packet = packet[:start] + packet[end + len(_CLOSE) :].removeprefix("\n")
    return packet
