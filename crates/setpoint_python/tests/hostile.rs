//! Text that means harm: it is refused or given up on, and neither ends the program nor keeps it for ever.
#![expect(clippy::unwrap_used, reason = "a test, whose helpers are tests too")]

use setpoint_python::{Node, Program, Sources, Unreadable};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Only what is not bounded takes so long, on however slow or busy a machine: what doubles in each of sixty lines never
/// ends. How fast the rest is, no test says; `bench/run` does.
const FOR_EVER: Duration = Duration::from_mins(20);

/// Bytes: what the first thread of a program has. The threads that read a tree have more.
const STACK: usize = 8 << 20;

/// Reads one file, looks at every part of it and folds every expression, and drops it all.
fn read(text: String) -> Result<(), Unreadable> {
    let (done, is_done) = channel();
    let reading = move || done.send(read_here(text));
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(reading).unwrap();
    match is_done.recv_timeout(FOR_EVER) {
        Ok(read) => read,
        Err(RecvTimeoutError::Timeout) => panic!("it is still being read"),
        Err(RecvTimeoutError::Disconnected) => std::panic::resume_unwind(thread.join().unwrap_err()),
    }
}

fn read_here(text: String) -> Result<(), Unreadable> {
    let sources = Sources::new(vec!["a.py".to_owned()], move |_| Some(text.clone().into_bytes()));
    let file = sources.find("a.py").unwrap();
    let read = sources.module(file).map(|_| ());
    let program = Program::new(&sources);
    let mut looked_at = 0;
    program.walk(file, &mut |node, frame| {
        looked_at += 1;
        match node {
            Node::Expression(expression) => {
                program.fold(expression, frame);
                program.fold_each(expression, frame);
            }
            Node::Class(class) => {
                program.ancestry(&class);
                program.class_member(&class, "a");
            }
            Node::Statement(_) | Node::Function(_) | Node::Body(_) => {}
        }
    });
    program.member(file, "a");
    assert_eq!(looked_at == 0, read.is_err());
    drop(program);
    drop(sources);
    read
}

#[test]
fn a_hundred_thousand_levels_are_refused() {
    let n = 100_000;
    let deep = [
        format!("a = {}1{}\n", "(".repeat(n), ")".repeat(n)),
        format!("a = {}1{}\n", "[".repeat(n), "]".repeat(n)),
        format!("a = {}", "{".repeat(n)),
        format!("a = {}1\n", "-".repeat(n)),
        format!("a = {}1\n", "not ".repeat(n)),
        format!("a = {}1\n", "lambda x, y: ".repeat(n)),
        format!("a = {}1\n", "1 if b else ".repeat(n)),
        format!("a = {}1\n", "1 + ".repeat(n)),
        format!("a = {}1\n", "1 ** ".repeat(n)),
        format!("a = b{}\n", ".c".repeat(n)),
        format!("a = b{}\n", "()".repeat(n)),
        format!("a = b{}\n", "[0]".repeat(n)),
        format!("a = {}1\n", "await ".repeat(n)),
        format!("a = {}\n", "f'{".repeat(n)),
        format!("a = b({}\n", "b(c, ".repeat(n)),
        format!("match a:\n    case {}1{}: pass\n", "[".repeat(n), "]".repeat(n)),
        format!("{}pass\n", "async ".repeat(n)),
        format!("a{} = 1\n", "[0]".repeat(n)),
        format!("a: {}int{} = 1\n", "list[".repeat(n), "]".repeat(n)),
    ];
    for text in deep {
        assert_eq!(read(text.clone()), Err(Unreadable::TooDeep), "{}…", &text[..30]);
    }
}

#[test]
fn ten_million_levels_need_no_memory() {
    assert_eq!(read("-".repeat(10_000_000)), Err(Unreadable::TooDeep));
}

#[test]
fn blocks_nested_beyond_measure_are_refused() {
    let blocks: String = (0..4_000).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect();
    assert_eq!(read(blocks), Err(Unreadable::TooDeep));
}

#[test]
fn what_python_compiles_is_read() {
    let n = 2_900;
    let deep = [
        format!("a = {}1\n", "1 + ".repeat(n)),
        format!("a = b{}\n", ".c".repeat(n)),
        format!("a = b{}\n", ".c()".repeat(n / 3)),
        format!("a = {}1{}\n", "[".repeat(n), "]".repeat(n)),
        format!("a = {}1\n", "-".repeat(n)),
        format!("a = {}1\n", "lambda: ".repeat(n / 2)),
    ];
    for text in deep {
        assert_eq!(read(text.clone()), Ok(()), "{}…", &text[..30]);
    }
}

#[test]
fn long_files_that_are_not_deep_are_read() {
    let n = 30_000;
    let long = [
        format!("a = [{}]\n", "-1, ".repeat(n)),
        format!("a = {{{}}}\n", (0..n).map(|at| format!("'k{at}': ({at}, [{at}]),")).collect::<String>()),
        (0..n).map(|at| format!("a{at} = -{at} + 1\n")).collect(),
        format!("a = ({}'')\n", "'x' ".repeat(n)),
        format!("def a():\n{}", "    b(c)[0].d += 1\n".repeat(n / 10)),
    ];
    for text in long {
        assert_eq!(read(text.clone()), Ok(()), "{}…", &text[..30]);
    }
}

#[test]
fn names_that_need_each_other_are_not_known() {
    for text in ["a = b\nb = a\n", "a = a\n", "a = a + 1\n", "def a(): return a()\n", "a = lambda: a()\nb = a()\n"] {
        assert_eq!(read(text.to_owned()), Ok(()), "{text}");
    }
    assert_eq!(read("class a(a): pass\nclass b(c): pass\nclass c(b): pass\n".to_owned()), Ok(()));
    assert_eq!(read("from a import *\nfrom a import b\nimport a\nc = a.a.a.b\n".to_owned()), Ok(()));
}

#[test]
fn what_doubles_in_every_line_is_given_up_on() {
    let doubling = |first: &str, line: &dyn Fn(usize) -> String| {
        let lines: String = (1..60).map(line).collect();
        read(format!("a0 = {first}\n{lines}a = a59\n"))
    };
    let cases: [(&str, &dyn Fn(usize) -> String); 9] = [
        ("'x'", &|at| format!("a{at} = f'{{a{0}}}{{a{0}}}'\n", at - 1)),
        ("'x'", &|at| format!("a{at} = a{0} + a{0}\n", at - 1)),
        ("[1]", &|at| format!("a{at} = [a{0}, a{0}]\n", at - 1)),
        ("[1]", &|at| format!("a{at} = [*a{0}, *a{0}]\n", at - 1)),
        ("{1: 1}", &|at| format!("a{at} = {{1: a{0}, 2: a{0}}}\n", at - 1)),
        ("'x'", &|at| format!("a{at} = '{{0}}{{0}}'.format(a{})\n", at - 1)),
        ("'x'", &|at| format!("a{at} = ','.join([a{0}, a{0}])\n", at - 1)),
        ("'x'", &|at| format!("a{at} = a{0}.replace('x', 'xx')\n", at - 1)),
        ("(lambda: 1)", &|at| format!("a{at} = lambda: (a{0}(), a{0}())\n", at - 1)),
    ];
    for (first, line) in cases {
        assert_eq!(doubling(first, line), Ok(()), "{}", line(1));
    }
}

#[test]
fn constants_beyond_measure_are_not_computed() {
    let huge = [
        "a = 'x' * 10**12",
        "a = [0] * 10**12",
        "a = 9**9**9**9",
        "a = 1 << 10**9",
        "a = range(10**18)",
        "a = [x for x in range(10**4) for y in range(10**4)]",
        "a = [[0] * 100000] * 100000",
        "a = '%s' * 50000 % (('x' * 100000,) * 50000)",
        "a = '{0}' * 30000",
        "a = ('{0}' * 30000).format('x' * 100000)",
        "a = ('x' * 100000).replace('x', 'y' * 100000)",
        "a = 'x'.join(['y' * 100000] * 1000)",
    ];
    for text in huge {
        assert_eq!(read(format!("{text}\n")), Ok(()), "{text}");
    }
}

#[test]
fn many_bindings_of_one_name_are_read() {
    let n = 300;
    let texts = [
        format!("a = 0\n{}", "a += 1\n".repeat(n)),
        format!("a = []\n{}", "a.append(a)\n".repeat(n)),
        format!("a = {{}}\n{}", (0..n).map(|at| format!("a['{at}'] = {at}\n")).collect::<String>()),
        format!("a = 0\n{}", "if b: a = a\n".repeat(n)),
        format!("a = 0\n{}", "a = f(a, a)\n".repeat(n)),
        format!("def f(x): return x\na = {}1{}\n", "f(".repeat(900), ")".repeat(900)),
        (0..n).map(|at| format!("class C{at}(C{}): a = 1\n", at.saturating_sub(1))).collect(),
        (0..300)
            .map(|at| format!("class D{at}({}): a = 1\n", (0..at).map(|base| format!("D{base},")).collect::<String>()))
            .collect(),
    ];
    for text in texts {
        assert_eq!(read(text.clone()), Ok(()), "{}…", &text[..20]);
    }
}

#[test]
fn what_is_no_python_is_refused_or_read_as_far_as_it_goes() {
    let read_bytes = |bytes: Vec<u8>| {
        let sources = Sources::new(vec!["a.py".to_owned()], move |_| Some(bytes.clone()));
        sources.module(sources.find("a.py").unwrap()).map(|module| module.body().len())
    };
    assert_eq!(read_bytes(vec![0xff, 0xfe, b'a']), Err(Unreadable::NotText));
    assert_eq!(read_bytes(b"a = 1\0".to_vec()), Err(Unreadable::NotText));
    assert_eq!(read_bytes(b"\xef\xbb\xbfa = 1\n".to_vec()), Ok(1), "a byte order mark");
    assert_eq!(read_bytes(b"a = 1\r\nb = 2\r\n".to_vec()), Ok(2));
    assert_eq!(read_bytes(b"a = 1\n)))\nb = 2\n".to_vec()).map(|statements| statements >= 2), Ok(true));
    assert_eq!(read_bytes(b"def f(:\n  x = ".to_vec()).map(|_| ()), Ok(()));
    let missing = Sources::new(vec!["a.py".to_owned()], |_| None);
    assert_eq!(missing.module(missing.find("a.py").unwrap()).map(|_| ()), Err(Unreadable::NotLoaded));
}
