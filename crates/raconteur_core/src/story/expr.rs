//! stub, see the plan
use serde::Deserialize;
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expr;
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effect;
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RangeEffect;
macro_rules! d {
    ($t:ident) => {
        impl<'de> Deserialize<'de> for $t {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d).map(|_| $t)
            }
        }
    };
}
d!(Expr);
d!(Effect);
d!(RangeEffect);
