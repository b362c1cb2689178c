//! stub, see the plan
/// Desk
pub struct Desk;
