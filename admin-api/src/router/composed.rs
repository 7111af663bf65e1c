//! The document's compositions, each written out as one object.
//!
//! A stored setting is described as `allOf` the setting and its version, and a setting allows no
//! other properties (`additionalProperties: false`): by JSON Schema (2020-12, §10.2.1.1) each part
//! of an `allOf` judges the whole object, so nothing fits both. One object with the properties of
//! all parts says what is meant.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The same document, in which a composition of objects is one object.
pub(super) fn written_out(document: OpenApi) -> OpenApi {
    let Ok(mut whole) = serde_json::to_value(&document) else { return document };
    let components = whole["components"]["schemas"].clone();
    write_out(&mut whole, &components);
    serde_json::from_value(whole).unwrap_or(document)
}

fn write_out(here: &mut Value, components: &Value) {
    if let Some(object) = object_of(here, components, DEPTH_MAX) {
        *here = object;
    }
    match here {
        Value::Object(members) => members.values_mut().for_each(|one| write_out(one, components)),
        Value::Array(items) => items.iter_mut().for_each(|one| write_out(one, components)),
        _ => {}
    }
}

/// A composition as one object; none where it is no composition, or not of objects alone.
fn object_of(schema: &Value, components: &Value, depth: u8) -> Option<Value> {
    let parts = schema.get("allOf")?.as_array()?;
    let (mut properties, mut required, mut closed) = (Map::new(), Vec::new(), false);
    for part in parts {
        let part = resolved(part, components, depth.checked_sub(1)?)?;
        properties.extend(part.get("properties")?.as_object()?.clone());
        required
            .extend(part.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
        closed |= part.get("additionalProperties") == Some(&Value::Bool(false));
    }
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = required.into();
    }
    if closed {
        object["additionalProperties"] = false.into();
    }
    if let Some(description) = schema.get("description") {
        object["description"] = description.clone();
    }
    Some(object)
}

/// What a part stands for.
fn resolved(part: &Value, components: &Value, depth: u8) -> Option<Value> {
    let named = part.get("$ref").and_then(Value::as_str);
    let found = match named {
        Some(name) => components.get(name.strip_prefix("#/components/schemas/")?)?,
        None => part,
    };
    if found.get("allOf").is_some() {
        object_of(found, components, depth)
    } else {
        Some(found.clone())
    }
}

/// Compositions of compositions: none of ours has more.
const DEPTH_MAX: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_composition_is_one_object_with_everything_of_its_parts() {
        let components = json!({
            "Setting": {
                "type": "object", "required": ["name"], "additionalProperties": false,
                "properties": { "name": { "type": "string" } },
            },
            "Shown": { "allOf": [
                { "$ref": "#/components/schemas/Setting" },
                { "type": "object", "required": ["id"], "properties": { "id": {} } },
            ] },
            "Word": { "oneOf": [{ "type": "string" }] },
        });
        let mut made = json!({ "description": "New.", "allOf": [
            { "$ref": "#/components/schemas/Shown" },
            { "type": "object", "properties": { "secret": {} } },
        ] });
        write_out(&mut made, &components);
        let whole = json!({
            "type": "object", "description": "New.", "additionalProperties": false,
            "properties": { "name": { "type": "string" }, "id": {}, "secret": {} },
            "required": ["name", "id"],
        });
        assert_eq!(made, whole);
        let mut word = json!({ "allOf": [{ "$ref": "#/components/schemas/Word" }] });
        let before = word.clone();
        write_out(&mut word, &components);
        assert_eq!(word, before, "what is no object stays a composition");
    }

    /// What each stored setting is described by is what a setting and its stamp are made of.
    #[test]
    fn nothing_of_the_document_is_lost_and_no_object_is_composed() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let schemas = &document["components"]["schemas"];
        for name in ["Agent", "Campaign", "Lead", "Organisation", "PhonebookEntry", "User"] {
            let shown = &schemas[format!("Shown{name}")];
            assert!(shown.get("allOf").is_none(), "{name}");
            assert!(shown["properties"]["version"].is_object(), "{name}");
        }
        assert_eq!(schemas["ShownPhonebookEntry"]["properties"]["name"]["maxLength"], 128);
    }
}
