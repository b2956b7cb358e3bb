//! Code that means harm: what it expands to is bounded, and said.

use super::{folder, picture};
use crate::python::read;
use setpoint_host::LiveHost;

/// How many variables are declared, and the problems.
fn count(text: &str) -> String {
    let folder = folder(&[("settings.py", text)]);
    let mut code = read(&LiveHost, folder.path(), &[]);
    let count = code.declarations.len();
    code.declarations.clear();
    format!("{count} variables\n{}", picture(&code, folder.path()))
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn models_that_hold_models_expand_to_so_many_variables_and_no_more() {
    let models = lines(7, |level| {
        let holds = if level == 0 { "int".to_owned() } else { format!("M{}", level - 1) };
        format!("class M{level}(BaseModel):\n{}", lines(30, |field| format!("    f{field}: {holds} = 1\n")))
    });
    let text = format!(
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\n{models}class S(BaseSettings, \
         env_nested_delimiter='__'):\n    m: M6\n"
    );
    insta::assert_snapshot!(count(&text), @r"
    1999 variables
    problem: the settings class `S` stands for more variables than are listed (settings.py:220:7); expected at most 2000, with the fields of nested models and of bases; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn aliases_of_aliases_multiply_no_further() {
    let choices = lines(40, |at| format!("'a{at}', "));
    let alias = format!("Field(1, validation_alias=AliasChoices({choices}))");
    let models = lines(6, |level| {
        let holds = if level == 0 { "int".to_owned() } else { format!("M{}", level - 1) };
        format!("class M{level}(BaseModel):\n    f: {holds} = {alias}\n")
    });
    let text = format!(
        "from pydantic import BaseModel, Field, AliasChoices\nfrom pydantic_settings import \
         BaseSettings\n{models}class S(BaseSettings, env_nested_delimiter='__'):\n    m: M5 = {alias}\n"
    );
    insta::assert_snapshot!(count(&text), @r"
    2 variables
    problem: the settings class `S` stands for more variables than are listed (settings.py:15:7); expected at most 2000, with the fields of nested models and of bases; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn bases_that_share_bases_are_not_gone_through_for_ever() {
    let mut classes = "class A0:\n    f: int = 1\n".to_owned();
    for level in 1..20 {
        let above = level - 1;
        classes += &format!("class B{level}(A{above}): pass\nclass C{level}(A{above}): pass\n");
        classes += &format!("class A{level}(B{level}, C{level}):\n    g{level}: int = 1\n");
    }
    let text = format!("from pydantic_settings import BaseSettings\n{classes}class S(A19, BaseSettings): pass\n");
    insta::assert_snapshot!(count(&text), @r"
    10 variables
    problem: the settings class `S` stands for more variables than are listed (settings.py:80:7); expected at most 2000, with the fields of nested models and of bases; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_class_of_very_many_bases_is_read() {
    let bases = lines(1000, |at| format!("class B{at}(BaseSettings):\n    f{at}: int = {at}\n"));
    let all = lines(1000, |at| format!("B{at}, "));
    let text = format!(
        "from pydantic_settings import BaseSettings\n{bases}{}",
        lines(2, |at| format!("class S{at}({all}): pass\n"))
    );
    insta::assert_snapshot!(count(&text), @r"
    1100 variables
    problem: the settings class `S0` stands for more variables than are listed (settings.py:2002:7); expected at most 2000, with the fields of nested models and of bases; retry: safe once this is mended; nothing was changed
    problem: the settings class `S1` stands for more variables than are listed (settings.py:2003:7); expected at most 2000, with the fields of nested models and of bases; retry: safe once this is mended; nothing was changed
    ");
}
