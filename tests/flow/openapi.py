# SPDX-License-Identifier: Apache-2.0
"""A small reader of OpenAPI 3.1 documents: is it one, and is an answer what it promises? Knows the part of
JSON Schema 2020-12 that the desk's document uses, and complains about any other word."""
import datetime, json, re

# spec.openapis.org/oas/v3.1.0
FIELDS = {
    "document": ({"openapi", "info"}, {"jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"}),
    "info": ({"title", "version"}, {"summary", "description", "termsOfService", "contact", "license"}),
    "license": ({"name"}, {"identifier", "url"}),
    "operation": ({"responses"}, {"tags", "summary", "description", "operationId", "parameters", "requestBody", "security", "deprecated", "servers"}),
    "parameter": ({"name", "in"}, {"description", "required", "deprecated", "schema", "content", "example", "examples"}),
    "body": ({"content"}, {"description", "required"}),
    "header": (set(), {"description", "required", "deprecated", "schema", "content", "example", "examples"}),
    "response": ({"description"}, {"headers", "content", "links"}),
    "media": (set(), {"schema", "example", "examples", "encoding"}),
}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
COMPONENTS = {"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks", "pathItems"}
NOTES = {"title", "description", "default", "examples"}
WORDS = {"$ref", "type", "enum", "const", "items", "maxItems", "minItems", "pattern", "format", "maxLength", "minLength", "required",
         "properties", "additionalProperties", "minProperties", "oneOf"} | NOTES
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def resolve(document, thing):
    while isinstance(thing, dict) and "$ref" in thing:
        at = document
        for part in thing["$ref"].removeprefix("#/").split("/"):
            at = at[part.replace("~1", "/").replace("~0", "~")]
        thing = at
    return thing


def problems(document):
    out = []

    def fields(what, thing, where):
        must, may = FIELDS[what]
        names = {k for k in thing if not k.startswith("x-")}
        out.extend(f"{where}: no {k}" for k in sorted(must - names))
        out.extend(f"{where}: what is {k}?" for k in sorted(names - must - may))

    def deref(thing, where):
        try:
            return resolve(document, thing)
        except (KeyError, TypeError):
            out.append(f"{where}: {thing['$ref']} is nowhere")
            return None

    def schema(s, where):
        if "$ref" in s:
            deref(s, where)
            return
        out.extend(f"{where}: what is {k}?" for k in s if k not in WORDS and not k.startswith("x-"))
        if "type" in s and s["type"] not in TYPES:
            out.append(f"{where}: type {s['type']}")
        if "pattern" in s:
            re.compile(s["pattern"])
        if "enum" in s and (not s["enum"] or len(set(s["enum"])) != len(s["enum"])):
            out.append(f"{where}: enum empty or with a value twice")
        for name in s.get("required", []):
            if name not in s.get("properties", {}):
                out.append(f"{where}: required {name} is no property")
        for name, sub in s.get("properties", {}).items():
            schema(sub, f"{where}.{name}")
        for sub in ([s["items"]] if "items" in s else []) + s.get("oneOf", []):
            schema(sub, where + "[]")

    def content(media, where):
        for kind, m in media.items():
            fields("media", m, f"{where} {kind}")
            schema(m.get("schema", {}), f"{where} {kind}")

    def operation(path, method, op):
        where = f"{method} {path}"
        fields("operation", op, where)
        given = set()
        for p in op.get("parameters", []):
            p = deref(p, where) or {}
            fields("parameter", p, where)
            schema(p.get("schema", {}), where)
            given.add((p.get("in"), p.get("name")))
        for name in re.findall(r"\{([^}]+)\}", path):
            if ("path", name) not in given:
                out.append(f"{where}: {{{name}}} is no parameter")
        if "requestBody" in op:
            body = deref(op["requestBody"], where) or {}
            fields("body", body, where)
            content(body.get("content", {}), where)
        for code, answer in op.get("responses", {}).items():
            if not re.fullmatch(r"[1-5](\d\d|XX)|default", code):
                out.append(f"{where}: response {code}")
            answer = deref(answer, where) or {"description": ""}
            fields("response", answer, f"{where} {code}")
            content(answer.get("content", {}), f"{where} {code}")
            for name, h in answer.get("headers", {}).items():
                fields("header", h, f"{where} {code} {name}")
                schema(h.get("schema", {}), f"{where} {code} {name}")
        for need in op.get("security", []):
            out.extend(f"{where}: security {k}" for k in need if k not in schemes)

    fields("document", document, "document")
    fields("info", document["info"], "info")
    fields("license", document["info"].get("license", {"name": ""}), "license")
    if not re.fullmatch(r"3\.1\.\d+", document["openapi"]):
        out.append("openapi: not 3.1")
    parts = document.get("components", {})
    out.extend(f"components: what is {k}?" for k in parts if k not in COMPONENTS)
    schemes = parts.get("securitySchemes", {})
    out.extend(f"security {k}" for need in document.get("security", []) for k in need if k not in schemes)
    for name, s in parts.get("schemas", {}).items():
        schema(s, name)
    seen = set()
    for path, item in document.get("paths", {}).items():
        if not path.startswith("/"):
            out.append(f"path {path}")
        for method, op in item.items():
            if method not in METHODS:
                out.append(f"{path}: what is {method}?")
                continue
            operation(path, method, op)
            if op.get("operationId") in seen:
                out.append(f"{path}: operationId twice")
            seen.add(op.get("operationId"))
    return out


def _is_date(s):
    try:
        return bool(datetime.date.fromisoformat(s))
    except ValueError:
        return False


def schema_problems(document, schema, value, where="#"):
    s = resolve(document, schema)
    out = [f"{where}: unknown word {k}" for k in s if k not in WORDS and not k.startswith("x-")]
    if "type" in s and (not isinstance(value, TYPES[s["type"]]) or (s["type"] == "integer" and isinstance(value, bool))):
        return out + [f"{where}: not of type {s['type']}"]
    if "enum" in s and value not in s["enum"]:
        out.append(f"{where}: none of the enum")
    if "const" in s and value != s["const"]:
        out.append(f"{where}: not {s['const']}")
    if "oneOf" in s and sum(not schema_problems(document, one, value, where) for one in s["oneOf"]) != 1:
        out.append(f"{where}: not one of oneOf")
    if isinstance(value, str):
        if len(value) > s.get("maxLength", len(value)) or len(value) < s.get("minLength", 0):
            out.append(f"{where}: length")
        if "pattern" in s and not re.search(s["pattern"], value):
            out.append(f"{where}: pattern")
        if s.get("format") == "date" and not _is_date(value):
            out.append(f"{where}: no date")
    if isinstance(value, list):
        if not s.get("minItems", 0) <= len(value) <= s.get("maxItems", len(value)):
            out.append(f"{where}: number of items")
        for i, one in enumerate(value):
            out += schema_problems(document, s.get("items", {}), one, f"{where}/{i}")
    if isinstance(value, dict):
        out += [f"{where}: no {k}" for k in s.get("required", []) if k not in value]
        if len(value) < s.get("minProperties", 0):
            out.append(f"{where}: too few members")
        for k, v in value.items():
            if k in s.get("properties", {}):
                out += schema_problems(document, s["properties"][k], v, f"{where}/{k}")
            elif s.get("additionalProperties") is False:
                out.append(f"{where}: {k} is not described")
    return out


def answer_problems(document, path, method, status, media, body):
    """What of an answer is not as the document says; [] when all is."""
    answer = document["paths"].get(path, {}).get(method, {}).get("responses", {}).get(str(status))
    if not answer:
        return [f"{status} is not described"]
    content = resolve(document, answer).get("content", {})
    if not content:
        return ["an answer without content has a body"] if body or media else []
    if media not in content:
        return [f"media type {media} is not described"]
    try:
        return schema_problems(document, content[media].get("schema", {}), json.loads(body))
    except ValueError as e:
        return [f"not JSON: {e}"]


def some_value(s):
    """A value that the schema of a report's field allows."""
    if "examples" in s:
        return s["examples"][0]
    if s["type"] == "array":
        return [some_value(s["items"])]
    if "enum" in s:
        return s["enum"][0]
    if s.get("format") == "date":
        return "2026-11-01"
    if "pattern" in s:
        return "MA-CAS"
    return "x"[:s.get("maxLength", 1)]
