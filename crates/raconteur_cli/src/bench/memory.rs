//! How much memory the process holds, as Linux tells; unknown elsewhere.

/// Bytes in memory now.
pub fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// Most bytes that were in memory since [`reset_peak`], or since the process began where that was refused.
pub fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// Starts the measurement of the peak anew. Returns whether the system allowed it.
///
/// 5 resets the peak and nothing else (`man 5 proc_pid_clear_refs`, since Linux 4.0).
pub fn reset_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn status(field: &str) -> Option<u64> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?, field)
}

fn parse(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_of_a_status_file() {
        let text = "Name:\traconteur\nVmHWM:\t    3000 kB\nVmRSS:\t    2000 kB\nThreads:\t1\n";
        assert_eq!((parse(text, "VmHWM:"), parse(text, "VmRSS:")), (Some(3_072_000), Some(2_048_000)));
        assert_eq!((parse(text, "VmSwap:"), parse(text, "Threads:")), (None, None));
    }
}
