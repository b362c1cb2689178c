use proptest::prelude::*;

use super::*;

/// Numbers of a path: letters told apart from what follows them.
fn pieces(path: &str) -> Vec<(char, Vec<f32>)> {
    let mut found: Vec<(char, Vec<f32>)> = Vec::new();
    for word in path.split(' ') {
        let number = match word.strip_prefix(['M', 'L', 'C']) {
            Some(number) => {
                found.push((word.chars().next().expect("a letter"), Vec::new()));
                number
            }
            None => word,
        };
        found.last_mut().expect("a path begins with M").1.push(number.parse().expect("a number"));
    }
    found
}

fn graphs() -> impl Strategy<Value = (Vec<Shape>, Vec<Link>)> {
    (1_usize..16).prop_flat_map(|count| {
        let shapes = prop::collection::vec(40.0_f32..200.0, count).prop_map(|heights| {
            heights.into_iter().map(|height| Shape { width: 248.0, height, entry: 19.0, fixed: None }).collect()
        });
        let link = (0..count, 0..count, 0.0_f32..1.0);
        let links = prop::collection::vec(link, 0..40).prop_map(|links| {
            links.into_iter().map(|(from, to, exit)| Link { from, to, exit: 20.0 + 20.0 * exit }).collect()
        });
        (shapes, links)
    })
}

proptest! {
    /// No box lies on another, and none on a lane that an arrow runs along.
    #[test]
    fn boxes_and_lanes_are_apart((shapes, links) in graphs()) {
        let found = layout(&shapes, &links);
        for (a, &(ax, ay)) in found.boxes.iter().enumerate() {
            prop_assert!(ax.is_finite() && ay.is_finite());
            for (b, &(bx, by)) in found.boxes.iter().enumerate().skip(a + 1) {
                let beside = ax + shapes[a].width <= bx || bx + shapes[b].width <= ax;
                prop_assert!(beside || ay + shapes[a].height <= by + 0.5 || by + shapes[b].height <= ay + 0.5);
            }
        }
        for path in &found.paths {
            let mut end = (0.0, 0.0);
            for (letter, numbers) in pieces(path) {
                let (x, y) = (numbers[numbers.len() - 2], numbers[numbers.len() - 1]);
                if letter == 'L' {
                    let (left, right) = (x.min(end.0), x.max(end.0));
                    for (at, &(bx, by)) in found.boxes.iter().enumerate() {
                        let crossed = left < bx + shapes[at].width - 1.0 && right > bx + 1.0;
                        prop_assert!(!crossed || y < by + 1.0 || y > by + shapes[at].height - 1.0, "{path} over {at}");
                    }
                }
                end = (x, y);
            }
        }
    }

    /// An arrow leaves the right side of its box at the height it asked for, and enters the other on the left.
    #[test]
    fn arrows_connect_what_they_say((shapes, links) in graphs()) {
        let found = layout(&shapes, &links);
        for (link, path) in links.iter().zip(&found.paths) {
            let pieces = pieces(path);
            let (from, to) = (found.boxes[link.from], found.boxes[link.to]);
            let near = |a: f32, b: f32| (a - b).abs() < 0.11;
            let (start, end) = (&pieces[0].1, &pieces[pieces.len() - 1].1);
            prop_assert!(near(start[0], from.0 + 248.0) && near(start[1], from.1 + link.exit));
            prop_assert!(near(end[4], to.0) && near(end[5], to.1 + 19.0));
        }
    }

    /// The same graph gives the same picture, and all of it is in view.
    #[test]
    fn pictures_are_repeatable_and_whole((shapes, links) in graphs()) {
        let found = layout(&shapes, &links);
        prop_assert_eq!(&found, &layout(&shapes, &links));
        let (x, y, width, height) = found.view;
        for path in &found.paths {
            for (_, numbers) in pieces(path) {
                for point in numbers.chunks(2) {
                    prop_assert!(point[0] >= x && point[0] <= x + width && point[1] >= y && point[1] <= y + height);
                }
            }
        }
    }
}

fn shapes(count: usize) -> Vec<Shape> {
    vec![Shape { width: 248.0, height: 80.0, entry: 19.0, fixed: None }; count]
}

fn link(from: usize, to: usize) -> Link {
    Link { from, to, exit: 60.0 }
}

#[test]
fn a_story_reads_from_left_to_right() {
    // 0 > 1 > 2 > 0 goes back once; 3 follows 2.
    let found = layout(&shapes(4), &[link(0, 1), link(1, 2), link(2, 0), link(2, 3)]);
    let left: Vec<f32> = found.boxes.iter().map(|place| place.0).collect();
    assert!(left[0] < left[1] && left[1] < left[2] && left[2] < left[3], "{left:?}");
}

#[test]
fn arrows_to_one_box_share_a_lane() {
    let mut links: Vec<Link> = (1..7).map(|to| link(0, to)).collect();
    links.extend((1..7).map(|from| link(from, 0)));
    let found = layout(&shapes(7), &links);
    let into: Vec<&str> = found.paths[6..].iter().map(|path| &path[path.rfind('L').expect("a lane")..]).collect();
    assert!(into.iter().all(|end| *end == into[0]), "{into:?}");
}

#[test]
fn order_is_found_where_nothing_has_to_cross() {
    // Two fans written in a mixed order: 0 > 2, 4 and 1 > 3, 5, both entered from 6.
    let links = [link(6, 0), link(6, 1), link(0, 2), link(1, 3), link(0, 4), link(1, 5)];
    let found = layout(&shapes(7), &links);
    let top = |at: usize| found.boxes[at].1;
    let apart = (top(2).max(top(4)) < top(3).min(top(5))) || (top(3).max(top(5)) < top(2).min(top(4)));
    assert!(apart, "{:?}", found.boxes);
}

#[test]
fn a_place_of_the_writers_is_kept() {
    let mut shapes = shapes(3);
    shapes[1].fixed = Some((-500.0, 40.0));
    let found = layout(&shapes, &[link(0, 1), link(1, 2)]);
    assert_eq!(found.boxes[1], (-500.0, 40.0));
    assert!(found.view.0 <= -500.0);
    shapes[1].fixed = Some((f32::NAN, 0.0));
    assert!(layout(&shapes, &[link(0, 1), link(1, 2)]).boxes[1].0.is_finite());
}

#[test]
fn nothing_is_a_picture_too() {
    assert_eq!(layout(&[], &[]).boxes, []);
}
