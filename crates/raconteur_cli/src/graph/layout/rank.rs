//! Which column a box stands in.

use super::Link;

/// A column for each box, so that most links lead to a later column. The first box stands as far to the left as its
/// links allow.
pub fn ranks(count: usize, links: &[Link]) -> Vec<usize> {
    let mut out = vec![Vec::new(); count];
    for link in links {
        out[link.from].push(link.to);
    }
    let (order, forward) = depth_first(&out);
    let mut ranks = vec![0_usize; count];
    // Sources before targets: the longest way to a box tells its column.
    for &at in order.iter().rev() {
        for &to in &forward[at] {
            ranks[to] = ranks[to].max(ranks[at] + 1);
        }
    }
    // A box that more arrows leave than enter stands closer to where they lead.
    let mut entered = vec![0_usize; count];
    forward.iter().flatten().for_each(|&to| entered[to] += 1);
    for &at in &order {
        let nearest = forward[at].iter().map(|&to| ranks[to]).min();
        if let Some(nearest) = nearest.filter(|_| at != 0 && forward[at].len() > entered[at]) {
            ranks[at] = nearest - 1;
        }
    }
    let first = ranks.iter().copied().min().unwrap_or(0);
    ranks.iter_mut().for_each(|rank| *rank -= first);
    ranks
}

/// Boxes in the order in which a walk leaves them for good (targets before sources), and the links without those that
/// close a circle.
fn depth_first(out: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; out.len()];
    let mut order = Vec::with_capacity(out.len());
    let mut forward = vec![Vec::new(); out.len()];
    for root in 0..out.len() {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut stack = vec![(root, 0)];
        while let Some((at, next)) = stack.last_mut() {
            let at = *at;
            let Some(&to) = out[at].get(*next) else {
                state[at] = State::Done;
                order.push(at);
                stack.pop();
                continue;
            };
            *next += 1;
            if state[to] != State::Open {
                forward[at].push(to);
            }
            if state[to] == State::New {
                state[to] = State::Open;
                stack.push((to, 0));
            }
        }
    }
    (order, forward)
}
