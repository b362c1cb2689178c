//! What the numbers were measured on.

use serde::Serialize;

/// The machine.
#[derive(Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Name of the processor, where the system tells.
    pub cpu: Option<String>,
    /// Operating system and architecture: `linux`, `x86_64`.
    pub os: &'static str,
    pub arch: &'static str,
    /// Instruction sets that kernels of this kind care about, and that the processor has.
    pub instruction_sets: Vec<&'static str>,
}

impl Machine {
    /// This machine.
    pub fn detect() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| cpu(&text)),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            instruction_sets: instruction_sets(),
        }
    }
}

/// x86 has `model name`; many ARM systems have nothing of the kind.
fn cpu(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn instruction_sets() -> Vec<&'static str> {
    let sets = [
        ("sse4.1", is_x86_feature_detected!("sse4.1")),
        ("avx", is_x86_feature_detected!("avx")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
    ];
    sets.into_iter().filter(|&(_, there)| there).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn instruction_sets() -> Vec<&'static str> {
    use std::arch::is_aarch64_feature_detected;
    let sets = [
        ("neon", is_aarch64_feature_detected!("neon")),
        ("dotprod", is_aarch64_feature_detected!("dotprod")),
        ("i8mm", is_aarch64_feature_detected!("i8mm")),
        ("sve", is_aarch64_feature_detected!("sve")),
    ];
    sets.into_iter().filter(|&(_, there)| there).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn instruction_sets() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_of_the_processor() {
        let text = "processor\t: 0\nmodel name\t: Some CPU: 3 GHz\nmodel\t: 1\nmodel name\t: another\n";
        assert_eq!(cpu(text).as_deref(), Some("Some CPU: 3 GHz"));
        assert_eq!(cpu("BogoMIPS : 50"), None);
    }
}
