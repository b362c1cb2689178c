//! stub, see the plan
/// Rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules;
/// Why.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Nothing left.
    Empty,
}
impl Rejection {
    /// Name.
    pub fn name(&self) -> &'static str {
        "empty"
    }
}
