//! A body that a service takes, made of its own description (the `OpenAPI` Specification 3.0 and 3.1).

use super::cases::Body;
use serde_json::{Map, Value as Json, json};

/// Schemas refer to one another, also in circles; no deeper body is made.
const DEEPEST: u32 = 8;

/// The body of a path and method; `None` where there is none of JSON with fields.
pub(super) fn body(description: &Json, path: &str, method: &str) -> Option<Body> {
    let operation = operation(description, path, method)?;
    let request = resolved(description, operation.get("requestBody")?)?;
    let content = request.get("content")?.as_object()?;
    let (_, media) = content.iter().find(|(name, _)| name.starts_with("application/json"))?;
    let schema = merged(description, media.get("schema")?, 0)?;
    let properties = schema.get("properties")?.as_object()?;
    let listed = |name: &str| schema.get(name).and_then(Json::as_array).cloned().unwrap_or_default();
    let required: Vec<String> = listed("required").iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    let mut body = Body { fields: Map::new(), required: Some(required), untyped: Vec::new(), longest: Vec::new() };
    for (name, property) in properties {
        let Some(property) = merged(description, property, 0) else { continue };
        if type_of(&property).is_none() {
            body.untyped.push(name.clone());
        }
        if let Some(longest) = property.get("maxLength").and_then(Json::as_u64) {
            body.longest.push((name.clone(), usize::try_from(longest).unwrap_or(usize::MAX - 1)));
        }
        if let Some(value) = value(description, &property, 0) {
            body.fields.insert(name.clone(), value);
        }
    }
    Some(body)
}

/// The operation of a path, which a template may stand for: `/orders/{id}`. A literal path is meant before a template.
fn operation<'d>(description: &'d Json, path: &str, method: &str) -> Option<&'d Json> {
    let paths = description.get("paths")?.as_object()?;
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(part, given)| part == given || (part.starts_with('{') && part.ends_with('}')))
    };
    // A service behind a prefix describes its paths without it.
    let below = || paths.iter().find(|(template, _)| path.ends_with(template.as_str()));
    let of_template = || paths.iter().find(|(template, _)| fits(template));
    let item = paths.get(path).or_else(|| of_template().or_else(below).map(|(_, item)| item))?;
    item.get(method.to_ascii_lowercase())
}

/// What a reference leads to: `#/components/schemas/Order` (RFC 6901).
fn resolved<'d>(description: &'d Json, value: &'d Json) -> Option<&'d Json> {
    let mut value = value;
    for _ in 0..DEEPEST {
        let Some(reference) = value.get("$ref").and_then(Json::as_str) else { return Some(value) };
        value = description.pointer(reference.strip_prefix('#')?)?;
    }
    None
}

/// A schema with what it is composed of: `allOf` together, of `anyOf` and `oneOf` the first that is not nothing.
fn merged(description: &Json, schema: &Json, depth: u32) -> Option<Map<String, Json>> {
    if depth == DEEPEST {
        return None;
    }
    let mut whole = resolved(description, schema)?.as_object()?.clone();
    if let Some(Json::Array(parts)) = whole.remove("allOf") {
        for part in parts.iter().filter_map(|part| merged(description, part, depth + 1)) {
            absorb(&mut whole, part);
        }
    }
    for choice in ["anyOf", "oneOf"] {
        let Some(Json::Array(choices)) = whole.remove(choice) else { continue };
        let mut real = choices.iter().filter_map(|part| merged(description, part, depth + 1));
        if let Some(first) = real.find(|part| type_of(part) != Some("null")) {
            absorb(&mut whole, first);
        }
    }
    Some(whole)
}

fn absorb(whole: &mut Map<String, Json>, part: Map<String, Json>) {
    for (name, value) in part {
        match (whole.get_mut(&name), value) {
            (Some(Json::Object(known)), Json::Object(more)) => known.extend(more),
            (Some(Json::Array(known)), Json::Array(more)) => known.extend(more),
            (Some(_), _) => {}
            (None, value) => drop(whole.insert(name, value)),
        }
    }
}

/// The type that a schema names; of several, the first that is not nothing.
fn type_of(schema: &Map<String, Json>) -> Option<&str> {
    match schema.get("type")? {
        Json::String(name) => Some(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// A value that a schema takes, as far as it says what it takes.
fn value(description: &Json, schema: &Map<String, Json>, depth: u32) -> Option<Json> {
    if depth == DEEPEST {
        return None;
    }
    let given = ["const", "example", "default"].iter().find_map(|name| schema.get(*name));
    let among = ["enum", "examples"].iter().find_map(|name| schema.get(*name)?.as_array()?.first());
    if let Some(known) = given.or(among).filter(|known| !known.is_null()) {
        return Some(known.clone());
    }
    let number = |name: &str| schema.get(name).and_then(Json::as_f64);
    match type_of(schema)? {
        "string" => Some(Json::String(text(schema))),
        "integer" => {
            let least =
                number("minimum").or_else(|| number("exclusiveMinimum").map(|least| least + 1.0)).unwrap_or(1.0);
            #[expect(clippy::cast_possible_truncation, reason = "a bound of a schema is no larger than its integers")]
            Some(json!(least.ceil() as i64))
        }
        "number" => {
            Some(json!(number("minimum").or_else(|| number("exclusiveMinimum").map(|it| it + 1.0)).unwrap_or(1.5)))
        }
        "boolean" => Some(json!(true)),
        "array" => {
            let item = merged(description, schema.get("items").unwrap_or(&Json::Null), depth + 1);
            let item = item.and_then(|item| value(description, &item, depth + 1));
            Some(Json::Array(item.into_iter().collect()))
        }
        "object" => {
            let properties = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
            let made = properties.iter().filter_map(|(name, property)| {
                let property = merged(description, property, depth + 1)?;
                Some((name.clone(), value(description, &property, depth + 1)?))
            });
            Some(Json::Object(made.collect()))
        }
        _ => None,
    }
}

/// A text of the format (JSON Schema Validation, 7.3) and of a length that is allowed.
fn text(schema: &Map<String, Json>) -> String {
    let of_format = match schema.get("format").and_then(Json::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("email") => "setpoint@example.com",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("uri" | "url") => "https://example.com/",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some(_) | None => "setpoint",
    };
    let length = |name: &str| schema.get(name).and_then(Json::as_u64).and_then(|length| usize::try_from(length).ok());
    let (least, most) = (length("minLength").unwrap_or(0).min(10_000), length("maxLength").unwrap_or(usize::MAX));
    let mut text = of_format.to_owned();
    while text.len() < least {
        text.push('a');
    }
    text.truncate(most);
    text
}

#[cfg(test)]
mod tests {
    use super::body;
    use serde_json::json;

    #[test]
    fn a_body_is_made_of_what_the_service_says() {
        let description = json!({
            "paths": { "/orders/{id}": { "put": { "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Order" } } } } } } },
            "components": { "schemas": {
                "Order": { "type": "object", "required": ["sku", "count"], "properties": {
                    "sku": { "type": "string", "maxLength": 4 },
                    "count": { "type": "integer", "minimum": 3 },
                    "note": { "anyOf": [{ "type": "null" }, { "type": "string", "minLength": 10 }] },
                    "mail": { "type": "string", "format": "email" },
                    "kind": { "enum": ["a", "b"], "type": "string" },
                    "anything": {},
                    "parent": { "$ref": "#/components/schemas/Order" },
                } },
            } },
        });
        let body = body(&description, "/orders/7", "PUT").unwrap();
        assert_eq!(body.required.unwrap(), ["sku", "count"]);
        assert_eq!((body.untyped, body.longest), (vec!["anything".to_owned()], vec![("sku".to_owned(), 4)]));
        let sku = &body.fields["sku"];
        assert_eq!((sku, &body.fields["count"], &body.fields["kind"]), (&json!("setp"), &json!(3), &json!("a")));
        assert_eq!(body.fields["note"], json!("setpointaa"));
        assert!(body.fields["parent"]["parent"].is_object());
        assert!(super::body(&description, "/orders/7", "POST").is_none());
    }
}
