use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::story::format::VarDecl;

/// Some variables, one visited beat, one seen line, a host that knows `is_night` and `count`.
#[derive(Default)]
struct World(HashMap<&'static str, Value>);

fn world() -> World {
    World(HashMap::from([
        ("clues", Value::Int(2)),
        ("low", Value::Int(i64::MIN)),
        ("high", Value::Int(i64::MAX)),
        ("lit", Value::Bool(true)),
        ("suspect", Value::Word("odo".to_owned())),
    ]))
}

impl Environment for World {
    fn var(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn visits(&self, beat: &str) -> u32 {
        if beat == "ford" { 3 } else { 0 }
    }

    fn seen(&self, line: &str) -> bool {
        line == "ford_1"
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        match name {
            "is_night" => Ok(Value::Bool(true)),
            "count" => i64::try_from(args.len()).map(Value::Int).map_err(|error| error.to_string()),
            _ => Err("no system answers it".to_owned()),
        }
    }
}

fn holds(source: &str) -> bool {
    Expr::parse(source).holds(&world()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn fails(source: &str) -> String {
    match Expr::parse(source).holds(&world()) {
        Ok(answer) => panic!("{source} answered {answer}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn conditions_that_hold() {
    for source in [
        "true",
        "clues >= 2 and lit",
        "clues < 2 or suspect == odo",
        "suspect != river",
        "suspect == 'odo'",
        "not lit or clues == 2",
        "not (lit and clues == 1)",
        "not not lit",
        "clues + 1 - 2 == 1",
        "-clues == -2 and 1 - -1 == 2",
        "5 - 2 - 1 == 2",
        "visited(ford) and visits(\"ford\") == 3 and not visited('tower')",
        "seen(ford_1)",
        "is_night() and count(1, clues, odo) == 3",
        "false and nonsense() or true",
        "high + 1 == high and low - 1 == low and -low == high",
        "-9223372036854775808 == low",
        "lit == true",
    ] {
        assert!(holds(source), "{source}");
    }
}

#[test]
fn conditions_that_do_not_hold() {
    for source in ["false", "clues > 2", "lit and clues == 0", "not lit", "suspect == river", "seen(ford_2)"] {
        assert!(!holds(source), "{source}");
    }
}

#[test]
fn mistakes_fail_closed() {
    assert!(fails("clues").contains("not true or false"));
    assert!(fails("not clus").contains("the word 'clus'"));
    assert!(fails("clus >= 1").contains("cannot be compared"));
    assert!(fails("clus != 1").contains("cannot be compared"));
    assert!(fails("suspect < odo").contains("cannot be compared with <"));
    assert!(fails("not moon()").contains("host function 'moon' failed: no system answers it"));
    assert!(fails("visited(1)").contains("takes one id"));
    assert!(fails("clues >= ").contains("cannot be read"));
}

fn syntax(source: &str) -> (usize, String) {
    let expr = Expr::parse(source);
    let error = expr.syntax_error().unwrap_or_else(|| panic!("{source:?} parses"));
    (error.at, format!("{} / {}", error.message, error.help.clone().unwrap_or_default()))
}

#[test]
fn syntax_errors_have_places_and_say_what_to_do() {
    for (source, at, says) in [
        ("", 0, "there is nothing"),
        ("clues >=", 8, "the expression ends"),
        ("clues = 1", 6, "write `==`"),
        ("a && b", 2, "write `and`"),
        ("!a", 0, "write `not`"),
        ("a * 2 == 4", 2, "no multiplication"),
        ("1 < a < 3", 6, "two values"),
        ("(a and b", 8, "`)`"),
        ("a b", 2, "found `b`"),
        ("a == 'odo", 5, "never closed"),
        ("99999999999999999999 > 1", 0, "too large"),
        ("9223372036854775808 > 1", 0, "too large"),
        ("f(a b)", 4, "`,` or `)`"),
        ("clues += 1", 6, "an effect goes into `then`"),
        ("köy == ☃", 8, "'☃'"),
    ] {
        let (found, message) = syntax(source);
        assert!(message.contains(says), "{source:?}: {message}");
        assert_eq!(found, at, "{source:?}: {message}");
    }
}

#[test]
fn depth_is_limited_and_width_is_not() {
    let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(holds(&nested(MAX_DEPTH)));
    assert!(syntax(&nested(MAX_DEPTH + 1)).1.contains("nested more than"));
    for hostile in ["(", "not ", "-", "f(", "- ("] {
        assert!(Expr::parse(&hostile.repeat(100_000)).syntax_error().is_some());
    }
    assert!(holds(&vec!["lit"; 50_000].join(" and ")));
    assert!(holds(&format!("{} == 50000", vec!["1"; 50_000].join(" + "))));
}

#[test]
fn effects() {
    let run = |source: &str| Effect::parse(source).eval(&world());
    let gives = |source: &str, variable: &str, value: Value| {
        assert_eq!(run(source), Ok((variable.to_owned(), value)), "{source}");
    };
    gives("clues += 1", "clues", Value::Int(3));
    gives("clues -= clues + 1", "clues", Value::Int(-1));
    gives("clues = -5", "clues", Value::Int(-5));
    gives("high += 1", "high", Value::Int(i64::MAX));
    gives("low -= 1", "low", Value::Int(i64::MIN));
    gives("suspect = river", "suspect", Value::Word("river".to_owned()));
    gives("lit = not lit", "lit", Value::Bool(false));
    gives("lit = clues >= 5", "lit", Value::Bool(false));
    for wrong in
        ["clus += 1", "lit += 1", "suspect = 3", "clues = true", "clues == 1", "clues", "1 = 2", "", "clues = moon()"]
    {
        assert!(run(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn range_effects() {
    let range = |source: &str| {
        let effect = RangeEffect::parse(source);
        Some((effect.variable()?.to_owned(), effect.op()?, effect.range()?))
    };
    assert_eq!(range("mood += -1..1"), Some(("mood".to_owned(), EffectOp::Add, (-1, 1))));
    assert_eq!(range("mood = 0..2"), Some(("mood".to_owned(), EffectOp::Set, (0, 2))));
    assert_eq!(range("mood -= 1"), Some(("mood".to_owned(), EffectOp::Subtract, (1, 1))));
    for wrong in ["mood += 1..-1", "mood += a..b", "mood", "mood += 1..", "mood += ..1", "mood += 1..2..3"] {
        assert_eq!(range(wrong), None, "{wrong}");
    }
}

#[test]
fn declarations_clamp() {
    let clues = VarDecl::Int { init: 9, min: 0, max: 3, meta: None };
    assert_eq!(clues.init(), Value::Int(3));
    assert_eq!(clues.clamp(Value::Int(-4)), Value::Int(0));
    assert_eq!(clues.clamp(Value::Word("x".to_owned())), Value::Int(3));
    assert_eq!(VarDecl::Int { init: 0, min: 3, max: -3, meta: None }.clamp(Value::Int(0)), Value::Int(3));
    let suspect =
        VarDecl::Enum { init: "nobody".to_owned(), of: vec!["nobody".to_owned(), "odo".to_owned()], meta: None };
    assert_eq!(suspect.clamp(Value::Word("odo".to_owned())), Value::Word("odo".to_owned()));
    assert_eq!(suspect.clamp(Value::Word("mara".to_owned())), Value::Word("nobody".to_owned()));
    assert_eq!(VarDecl::Bool { init: true, meta: None }.clamp(Value::Int(0)), Value::Bool(true));
}

#[test]
fn printing_takes_needless_parentheses_away() {
    for (source, printed) in [
        ("((a)) and (b and c)", "a and (b and c)"),
        ("(a or b) and not (c or d)", "(a or b) and not (c or d)"),
        ("1-(2-3)== - (x)", "1 - (2 - 3) == -x"),
        ("visited( 'b' )", "visited(\"b\")"),
        ("- 3 < 1", "-3 < 1"),
        ("not (a == b)", "not a == b"),
    ] {
        assert_eq!(Expr::parse(source).to_string(), printed);
    }
    assert_eq!(Effect::parse("a+=(1)").to_string(), "a += 1");
    assert_eq!(RangeEffect::parse("a+= -1 .. 1").to_string(), "a += -1..1");
}

/// A story whose declarations fit [`world`].
fn story_of_the_world() -> crate::story::format::Story {
    use crate::story::format::{Beat, HostDecl, HostType};
    let words = ["nobody", "odo", "river"].map(str::to_owned).to_vec();
    let vars = [
        ("clues", VarDecl::Int { init: 0, min: 0, max: 3, meta: None }),
        ("lit", VarDecl::Bool { init: true, meta: None }),
        ("suspect", VarDecl::Enum { init: "nobody".to_owned(), of: words, meta: None }),
    ];
    crate::story::format::Story {
        vars: vars.into_iter().map(|(name, decl)| (name.to_owned(), decl)).collect(),
        host: [("is_night".to_owned(), HostDecl { args: Vec::new(), ret: HostType::Bool, meta: None })]
            .into_iter()
            .collect(),
        beats: [("ford".to_owned(), Beat::default())].into_iter().collect(),
        ..Default::default()
    }
}

#[test]
fn types() {
    let story = crate::story::format::Story {
        vars: [
            ("clues".to_owned(), VarDecl::Int { init: 0, min: 0, max: 3, meta: None }),
            ("suspect".to_owned(), VarDecl::Enum { init: "odo".to_owned(), of: vec!["odo".to_owned()], meta: None }),
        ]
        .into_iter()
        .collect(),
        ..Default::default()
    };
    let of = |source: &str| Expr::parse(source).type_check(&story);
    assert_eq!(of("clues + 1"), Ok(Type::Int));
    assert_eq!(of("clues + 1 > 2"), Ok(Type::Bool));
    assert_eq!(of("suspect"), Ok(Type::Enum("suspect".to_owned())));
    assert_eq!(of("odo"), Ok(Type::Word("odo".to_owned())));
    let code = |source: &str| of(source).expect_err("a mistake").code;
    assert_eq!(code("river"), "V01");
    assert_eq!(code("clus > 2"), "V01");
    assert_eq!(code("clues > suspect"), "V02");
    assert_eq!(code("moon()"), "V05");
    assert_eq!(code("clues >"), "V06");
    assert_eq!(code("visited(tower)"), "V08");
    assert_eq!(of("clus > 2").expect_err("a mistake").help.as_deref(), Some("did you mean 'clues'?"));
    assert_eq!(of("1 < 2 and suspekt == odo").expect_err("a mistake").span, 10..17);
    assert!(Effect::parse("clues += 1").type_check(&story).is_ok());
    assert!(Effect::parse("clues = odo").type_check(&story).is_err());
}

/// Text that is nearly an expression.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "clues",
        "lit",
        "suspect",
        "odo",
        "and",
        "or",
        "not",
        "true",
        "==",
        "!=",
        "<",
        "<=",
        "+",
        "-",
        "(",
        ")",
        "1",
        "0",
        ",",
        "visited(ford)",
        "seen(",
        "count(1,",
        "'x'",
        "=",
        "+=",
        "..",
        "9223372036854775808",
    ]);
    prop::collection::vec(word, 0..20).prop_map(|words| words.join(" "))
}

/// Text that always parses.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        prop::sample::select(vec![
            "clues",
            "lit",
            "suspect",
            "odo",
            "true",
            "visited(ford)",
            "'a b'",
            "\"it's\"",
            "is_night()"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let op = prop::sample::select(vec![" and ", " or ", " + ", " - "]);
        let comparison = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 2..4), op).prop_map(|(parts, op)| format!("({})", parts.join(op))),
            (inner.clone(), comparison, inner.clone()).prop_map(|(left, op, right)| format!("({left} {op} {right})")),
            inner.clone().prop_map(|inner| format!("(not {inner})")),
            inner.clone().prop_map(|inner| format!("(-{inner})")),
            prop::collection::vec(inner, 0..3).prop_map(|args| format!("count({})", args.join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(text in prop_oneof![".{0,60}", nearly()]) {
        let expr = Expr::parse(&text);
        prop_assert_eq!(expr.source(), &text);
        let _ = expr.eval(&world());
        let _ = expr.eval(&World::default());
        let _ = Effect::parse(&text).eval(&world());
        let _ = RangeEffect::parse(&text).range();
        let _ = expr.type_check(&crate::story::format::Story::default());
        if let Some(error) = expr.syntax_error() {
            prop_assert!(text.is_char_boundary(error.at), "{} in {:?}", error.at, text);
        }
    }

    #[test]
    fn printing_and_parsing_again_changes_nothing(text in expression()) {
        let expr = Expr::parse(&text);
        prop_assert!(expr.syntax_error().is_none(), "{}: {:?}", text, expr.syntax_error());
        let printed = expr.to_string();
        let again = Expr::parse(&printed);
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(again.eval(&world()).ok(), expr.eval(&world()).ok());
    }

    /// The type checker is sound: what it lets through has an answer.
    #[test]
    fn what_type_checks_can_be_evaluated(text in prop_oneof![expression(), nearly()]) {
        let story = story_of_the_world();
        let expr = Expr::parse(&text);
        if Scope::new(&story).check_condition(&expr).is_empty() {
            prop_assert!(expr.holds(&world()).is_ok(), "{}: {:?}", text, expr.holds(&world()));
        }
        let effect = Effect::parse(&format!("clues += {text}"));
        if Scope::new(&story).check_effect(&effect).is_empty() {
            prop_assert!(effect.eval(&world()).is_ok(), "{}: {:?}", text, effect.eval(&world()));
        }
    }
}
