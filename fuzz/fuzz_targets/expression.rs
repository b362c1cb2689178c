//! Any text is read as a condition, an effect and a range, and evaluated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raconteur_core::story::expr::{Effect, Environment, Expr, RangeEffect};
use raconteur_core::story::format::Value;

struct Anything;

impl Environment for Anything {
    fn var(&self, name: &str) -> Option<Value> {
        match name.len() % 4 {
            0 => Some(Value::Int(i64::MAX)),
            1 => Some(Value::Int(i64::MIN)),
            2 => Some(Value::Bool(true)),
            _ => Some(Value::Word(name.to_owned())),
        }
    }

    fn visits(&self, _: &str) -> u32 {
        u32::MAX
    }

    fn seen(&self, _: &str) -> bool {
        true
    }

    fn host(&self, _: &str, args: &[Value]) -> Result<Value, String> {
        args.first().cloned().ok_or_else(|| "nothing was given".to_owned())
    }
}

fuzz_target!(|text: &str| {
    let condition = Expr::parse(text);
    let _ = (condition.holds(&Anything), condition.syntax_error());
    let _ = Effect::parse(text).eval(&Anything);
    let _ = RangeEffect::parse(text).range();
});
