//! What an editor learns from the schema. That it says the same as the reader is proved in the crate.

#[test]
fn a_key_is_explained_and_constrained() {
    let schema = setpoint_register::schema();
    let job = &schema["properties"]["job"]["additionalProperties"];
    insta::assert_snapshot!(serde_json::to_string_pretty(&job["properties"]["timeout"]).unwrap(), @r#"
    {
      "description": "How long one run may take before it is stopped; 1 h where it is left out.",
      "pattern": "^(?:[1-9][0-9]{0,8}(?:ms|s|m|h|d))+$",
      "type": "string"
    }
    "#);
    assert_eq!(job["required"], serde_json::json!(["run"]));
}

#[test]
fn each_kind_of_check_is_a_branch_with_what_all_checks_have() {
    let schema = setpoint_register::schema();
    let kinds = schema["properties"]["check"]["additionalProperties"]["oneOf"].as_array().unwrap();
    let shown: Vec<String> = kinds
        .iter()
        .map(|kind| {
            format!("{}: {} keys", kind["title"].as_str().unwrap(), kind["properties"].as_object().unwrap().len())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    http: 25 keys
    tcp: 14 keys
    tls: 16 keys
    unit: 16 keys
    process: 16 keys
    port: 15 keys
    file: 20 keys
    command: 16 keys
    sql: 17 keys
    redis: 16 keys
    log: 14 keys
    disk: 14 keys
    dns: 15 keys
    config: 15 keys
    rejects: 17 keys
    "#);
    assert!(kinds.iter().all(|kind| kind["properties"]["owner"]["description"].is_string()));
}
