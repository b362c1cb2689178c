//! Settings that make no sense are refused before anything is computed.

use raconteur_core::generate::{GenerateError, GenerationConfig};

/// Checks all of a [`GenerationConfig`] that can be checked without a model.
///
/// What only matters when sampling (`temperature` and the filters) is not looked at when `do_sample` is false.
///
/// # Errors
/// [`GenerateError::Config`] names the field, its value and what to give instead.
pub fn check(config: &GenerationConfig) -> Result<(), GenerateError> {
    let c = config;
    if c.max_new_tokens == 0 {
        return no("max_new_tokens is 0, so there is nothing to write; give at least 1");
    }
    if c.min_new_tokens > c.max_new_tokens {
        return no(format!(
            "min_new_tokens is {} and max_new_tokens only {}; lower the one or raise the other",
            c.min_new_tokens, c.max_new_tokens
        ));
    }
    if c.num_return_sequences == 0 {
        return no("num_return_sequences is 0, so there is nothing to write; give at least 1");
    }
    if !c.do_sample && c.num_return_sequences > 1 {
        return no(format!(
            "num_return_sequences is {}, but greedy writes the same text each time; set do_sample: true or ask for 1",
            c.num_return_sequences
        ));
    }
    if c.do_sample {
        if !(c.temperature.is_finite() && c.temperature > 0.0) {
            return no(format!(
                "temperature is {}; give a number above 0 (0.8 is usual), or do_sample: false for the likeliest text",
                c.temperature
            ));
        }
        if !(c.top_p > 0.0 && c.top_p <= 1.0) {
            return no(format!("top_p is {}; give a number above 0 and at most 1, where 1 keeps all tokens", c.top_p));
        }
        if !(c.min_p >= 0.0 && c.min_p <= 1.0) {
            return no(format!("min_p is {}; give a number from 0 to 1, where 0 keeps all tokens", c.min_p));
        }
        if !(c.typical_p > 0.0 && c.typical_p <= 1.0) {
            return no(format!(
                "typical_p is {}; give a number above 0 and at most 1, where 1 keeps all tokens",
                c.typical_p
            ));
        }
    }
    if !(c.repetition_penalty.is_finite() && c.repetition_penalty > 0.0) {
        return no(format!(
            "repetition_penalty is {}; give a number above 0, where 1 is off and 1.1 to 1.3 are usual",
            c.repetition_penalty
        ));
    }
    if let Some(dry) = &c.dry {
        if !(dry.multiplier.is_finite() && dry.multiplier >= 0.0) {
            return no(format!("dry.multiplier is {}; give 0 (off) or more; 0.8 is usual", dry.multiplier));
        }
        if !(dry.base.is_finite() && dry.base >= 1.0) {
            return no(format!("dry.base is {}; give 1 or more; 1.75 is usual", dry.base));
        }
        if dry.allowed_length == 0 {
            return no("dry.allowed_length is 0, which would punish every token that was ever used; 2 is usual");
        }
    }
    if let Some(guidance) = &c.guidance
        && !(guidance.scale.is_finite() && guidance.scale >= 0.0)
    {
        return no(format!(
            "guidance.scale is {}; give a number of at least 0, where 1 is none and 1.2 to 1.5 are usual",
            guidance.scale
        ));
    }
    if let Some((text, bias)) = c.logit_bias.iter().find(|(_, bias)| bias.is_nan() || *bias == f32::INFINITY) {
        return no(format!(
            "the logit_bias of {text:?} is {bias}; give a finite number, or minus infinity to forbid the token"
        ));
    }
    Ok(())
}

fn no(what: impl Into<String>) -> Result<(), GenerateError> {
    Err(GenerateError::Config(what.into()))
}
