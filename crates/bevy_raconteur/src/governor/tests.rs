//! Policy: frame times in, decisions out.

use super::*;

const TARGET: Duration = Duration::from_millis(16);
const GOOD: Duration = Duration::from_millis(16);
const SLIPPED: Duration = Duration::from_millis(33);
const WRITING: Activity = Activity::Writing(Priority::Ambient);

fn governor(mode: GovernorMode) -> Governor {
    let mut governor = Governor::default();
    governor.configure(mode, true, Some(TARGET));
    governor
}

fn pass(governor: &mut Governor, took: Duration, time: Duration, activity: Activity) {
    let mut passed = Duration::ZERO;
    while passed < time {
        governor.frame(took, activity);
        passed += took;
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn each_mode_has_its_pace() {
    let frame = governor(GovernorMode::PrioritiseFrame).decision();
    assert_eq!((frame.pace.threads, frame.pace.priority), (NonZeroUsize::new(1), ThreadPriority::Lowest));
    assert!(frame.pace.prefill_chunk.is_some());
    let balanced = governor(GovernorMode::Balanced).decision();
    assert_eq!(balanced.pace, Pace { threads: None, priority: ThreadPriority::Low, prefill_chunk: None });
    let reply = governor(GovernorMode::PrioritiseReply).decision();
    assert_eq!(reply.pace, Pace { threads: None, priority: ThreadPriority::Normal, prefill_chunk: None });
    for decision in [frame, balanced, reply] {
        assert_eq!(decision.rests, [Duration::ZERO; 3]);
    }
}

#[test]
fn slips_make_balanced_give_up_its_threads_and_then_rest() {
    let mut governor = governor(GovernorMode::Balanced);
    pass(&mut governor, SLIPPED, Duration::from_millis(100), WRITING);
    let first = governor.decision();
    assert_eq!((first.pace.threads, first.rests[0]), (NonZeroUsize::new(1), Duration::ZERO));
    let mut rest = Duration::ZERO;
    for _ in 0..20 {
        pass(&mut governor, SLIPPED, Duration::from_millis(100), WRITING);
        let new = governor.decision().rests[0];
        assert!(new >= rest, "{new:?} after {rest:?}");
        assert!(rest.is_zero() || new <= 2 * rest, "{new:?} after {rest:?}");
        rest = new;
    }
    assert_eq!(rest, LONGEST_BALANCED[0]);
    assert_eq!(governor.slips(), 4 + 20 * 4);
}

#[test]
fn calm_frames_bring_it_back() {
    for mode in [GovernorMode::PrioritiseFrame, GovernorMode::Balanced] {
        let mut governor = governor(mode);
        let before = governor.decision();
        pass(&mut governor, SLIPPED, seconds(3), WRITING);
        assert_ne!(governor.decision(), before);
        pass(&mut governor, GOOD, seconds(10), WRITING);
        assert_eq!(governor.decision(), before, "{mode:?}");
    }
}

#[test]
fn prioritise_reply_goes_on_whatever_happens() {
    let mut governor = governor(GovernorMode::PrioritiseReply);
    let before = governor.decision();
    pass(&mut governor, SLIPPED, seconds(5), WRITING);
    assert_eq!(governor.decision(), before);
    assert!(governor.slips() > 100, "they are counted all the same");
}

#[test]
fn single_slips_pauses_and_loading_are_not_held_against_the_model() {
    let mut governor = governor(GovernorMode::Balanced);
    let before = governor.decision();
    for _ in 0..20 {
        pass(&mut governor, GOOD, seconds(1), WRITING);
        governor.frame(SLIPPED, WRITING);
        governor.frame(seconds(3), WRITING);
    }
    pass(&mut governor, SLIPPED, seconds(5), Activity::Loading);
    pass(&mut governor, SLIPPED, seconds(5), Activity::Idle);
    assert_eq!(governor.decision(), before);
}

#[test]
fn without_feedback_slips_change_nothing() {
    let mut governor = governor(GovernorMode::Balanced);
    pass(&mut governor, SLIPPED, seconds(2), WRITING);
    governor.configure(GovernorMode::Balanced, false, Some(TARGET));
    let plain = Governor::default().decision();
    assert_eq!(governor.decision(), plain, "switching it off ends what it has done");
    pass(&mut governor, SLIPPED, seconds(5), WRITING);
    assert_eq!(governor.decision(), plain);
}

#[test]
fn another_mode_begins_without_backing_off() {
    let mut governor = governor(GovernorMode::Balanced);
    pass(&mut governor, SLIPPED, seconds(2), WRITING);
    governor.configure(GovernorMode::PrioritiseFrame, true, Some(TARGET));
    assert_eq!(governor.decision(), self::governor(GovernorMode::PrioritiseFrame).decision());
}

/// Frames slip whenever the model may use more than one thread: trying that becomes rarer.
#[test]
fn it_does_not_flap() {
    let mut governor = governor(GovernorMode::Balanced);
    let mut changes = [0; 4];
    for minute in &mut changes {
        let mut passed = Duration::ZERO;
        let mut before = governor.decision();
        while passed < seconds(60) {
            let took = if governor.decision().pace.threads.is_none() { SLIPPED } else { GOOD };
            governor.frame(took, WRITING);
            passed += took;
            *minute += usize::from(governor.decision() != before);
            before = governor.decision();
        }
    }
    assert!(changes[0] < 16, "{changes:?}");
    assert!(changes[3] <= 4, "{changes:?}");
}

#[test]
fn a_caution_that_is_no_longer_needed_is_forgotten() {
    let mut governor = governor(GovernorMode::Balanced);
    for _ in 0..10 {
        pass(&mut governor, SLIPPED, Duration::from_millis(300), WRITING);
        let patience = governor.patience;
        pass(&mut governor, GOOD, patience, WRITING);
    }
    assert!(governor.patience > 2 * PATIENCE);
    pass(&mut governor, GOOD, seconds(200), WRITING);
    assert_eq!(governor.patience, PATIENCE);
}

#[test]
fn what_somebody_waits_for_rests_less() {
    for mode in [GovernorMode::PrioritiseFrame, GovernorMode::Balanced] {
        let mut governor = governor(mode);
        pass(&mut governor, SLIPPED, seconds(5), WRITING);
        let decision = governor.decision();
        let [ambient, on_screen, addressed] =
            [Priority::Ambient, Priority::OnScreen, Priority::Addressed].map(|priority| decision.rest(priority));
        assert!(ambient > on_screen && on_screen > addressed && !addressed.is_zero(), "{decision:?}");
    }
}

#[test]
fn the_target_is_what_frames_take_without_the_model() {
    let mut governor = Governor::default();
    assert!((governor.target().as_secs_f64() - 1.0 / 60.0).abs() < 1e-6);
    let usual = Duration::from_millis(25);
    pass(&mut governor, usual, seconds(4), Activity::Idle);
    assert_eq!(governor.target(), usual);
    let before = governor.decision();
    pass(&mut governor, usual, seconds(4), WRITING);
    assert_eq!(governor.decision(), before, "a slow game does not starve the model");
    pass(&mut governor, Duration::from_millis(40), seconds(1), WRITING);
    assert_ne!(governor.decision(), before);
}

/// The game has become slow by itself while the model wrote without a pause.
#[test]
fn when_backing_off_does_not_help_it_is_not_the_model() {
    let mut governor = Governor::default();
    pass(&mut governor, GOOD, seconds(4), Activity::Idle);
    let before = governor.decision();
    let slow = Duration::from_millis(30);
    pass(&mut governor, slow, seconds(3), WRITING);
    assert_ne!(governor.decision(), before);
    pass(&mut governor, slow, seconds(30), WRITING);
    assert_eq!(governor.decision(), before);
    assert_eq!(governor.target(), slow);
}

#[test]
fn the_usual_frame_has_bounds() {
    let mut governor = Governor::default();
    pass(&mut governor, Duration::from_micros(500), seconds(1), Activity::Idle);
    assert!(governor.target() > Duration::from_millis(6));
    pass(&mut governor, Duration::from_millis(900), seconds(120), Activity::Idle);
    assert_eq!(governor.target(), Duration::from_millis(100));
}
