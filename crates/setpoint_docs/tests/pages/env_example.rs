use crate::shop::{self, shop, text};
use insta::assert_snapshot;
use setpoint_docs::{Pages, env_example};
use setpoint_model::{Held, Layer, Mechanism, Value};

#[test]
fn the_shop() {
    assert_snapshot!(env_example(shop().pages()), @"");
}

/// What both readers make of the file once every variable is uncommented.
fn read_back(example: &str) -> [Vec<(String, String)>; 2] {
    let is_variable = |line: &&str| line.starts_with('#') && !line.starts_with("# ");
    let uncommented: String =
        example.split_inclusive('\n').map(|line| if is_variable(&line) { &line[1..] } else { line }).collect();
    let (bindings, complaints) = setpoint_formats::dotenv::parse(uncommented.as_bytes());
    assert!(complaints.is_empty(), "{complaints:?}\n{uncommented}");
    let (settings, complaints) = setpoint_formats::environment_file::parse(uncommented.as_bytes());
    assert!(complaints.is_empty(), "{complaints:?}\n{uncommented}");
    [
        bindings.into_iter().map(|binding| (binding.key, binding.value.unwrap().text)).collect(),
        settings.into_iter().map(|setting| (setting.key, setting.value)).collect(),
    ]
}

#[test]
fn every_value_comes_back_from_both_readers() {
    let values = [
        "plain",
        "two words",
        " at the ends ",
        "# no comment",
        "a #b; c",
        "it's",
        "\"quoted\"",
        "back\\slash \\n \\",
        "C:\\",
        "$HOME and `id`",
        "a\nb\n\nc",
        "tab\there",
        "=x=",
        "ünï ✓",
        "export X=1",
        "%d%%",
        "'",
        "\\\"",
    ];
    let mut shop = shop();
    shop.snapshot.defaults = values
        .iter()
        .enumerate()
        .map(|(number, value)| {
            let name = format!("V{number:02}");
            shop::default(&name, Mechanism::Environ, Layer::Code, text(value), "shop/a.py", "")
        })
        .collect();
    for read in read_back(&env_example(shop.pages())) {
        let read: Vec<&str> = read.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(read, values);
    }
}

#[test]
fn a_value_that_no_file_can_hold_is_left_out_and_said() {
    let mut shop = shop();
    let escape = shop::default("COLOUR", Mechanism::Environ, Layer::Code, text("\u{1b}[1m"), "shop/a.py", "");
    let braces = shop::default("PATHS", Mechanism::Environ, Layer::Code, text("${HOME}/x"), "shop/a.py", "");
    shop.snapshot.defaults = vec![escape, braces];
    let example = env_example(Pages { register: None, ..shop.pages() });
    let example = example.split_once("---\n\n").unwrap().1;
    assert_snapshot!(example, @"");
}

#[test]
fn a_list_is_written_as_its_mechanism_reads_it() {
    let list = || Held::Constant(Value::List(vec![Value::from("a"), Value::from("b c")]));
    let mut shop = shop();
    shop.snapshot.defaults = [Mechanism::PydanticSettings, Mechanism::Environs, Mechanism::Click]
        .into_iter()
        .map(|mechanism| {
            shop::default(
                &mechanism.as_str().to_uppercase().replace('-', "_"),
                mechanism,
                Layer::Code,
                list(),
                "a.py",
                "",
            )
        })
        .collect();
    let [dotenv, systemd] = read_back(&env_example(shop.pages()));
    assert_eq!(dotenv, systemd);
    let values: Vec<&str> = dotenv.iter().map(|(_, value)| value.as_str()).collect();
    // click would split at the white space inside `b c`, and so such a list has no spelling but JSON.
    assert_eq!(values, [r#"["a","b c"]"#, "a,b c", r#"["a","b c"]"#]);
}

#[test]
fn a_secret_is_never_written_even_where_the_code_shows_it() {
    let mut shop = shop();
    let mut key = shop::default("SHOP_KEY", Mechanism::Environ, Layer::Code, text("hunter2"), "shop/a.py", "");
    key.secret = true;
    let url = shop::default("DB_URL", Mechanism::Environ, Layer::Code, text("redis://:hunter2@db/0"), "shop/a.py", "");
    shop.snapshot.defaults = vec![key, url];
    for (name, page) in setpoint_docs::pages(shop.pages()) {
        assert!(page.contains("SHOP_KEY") && page.contains("DB_URL"), "{name}");
        assert!(!page.contains("hunter2"), "{name}:\n{page}");
    }
}
