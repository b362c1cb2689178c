//! stub, see the plan
/// double
pub struct ScriptedGenerator;
