use super::*;
use crate::graph::sample::{HOSTILE, graph};

fn page() -> String {
    write(&graph(HOSTILE)).expect("a page")
}

/// What stands between two pieces of the page, which occur once.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = page.split_once(start).expect("a start");
    after.split_once(end).expect("an end").0
}

#[test]
fn no_text_of_a_story_becomes_markup() {
    let page = page();
    assert_eq!(page.matches("<script").count(), 2, "data and script, and no third");
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.to_lowercase().matches("<img").count(), 0);
    assert_eq!(page.matches("</title></style>").count(), 0);
    assert!(!page.contains("<!--"));
    // A text that names a part of the frame is no part.
    assert!(page.contains("{{data}} {{nonce}}"));
}

#[test]
fn the_data_are_the_story() {
    let page = page();
    let json = between(&page, "type=\"application/json\" id=\"data\" nonce=\"", "</script>");
    let data: serde_json::Value =
        serde_json::from_str(json.split_once('>').expect("the end of the tag").1).expect("JSON");
    assert_eq!(data["title"], "</script><script>alert(1)</script> & \"Ş🔔\"");
    assert_eq!(data["beats"][0]["lines"][0]["notes"][2][1], "</script >");
    assert_eq!(data["beats"].as_array().map(Vec::len), Some(6), "the one that is missing is a box too");
}

#[test]
fn nothing_is_fetched() {
    let page = page();
    assert!(page.contains("default-src 'none'"));
    let own = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !own.contains("http://") && !own.contains("https://") && !own.contains("@import"),
        "no address in the page"
    );
    assert!(!PAGE_STYLE.contains("url(h") && !SCRIPTS.concat().contains("innerHTML"));
}

#[test]
fn the_same_story_gives_the_same_page() {
    assert_eq!(page(), page());
    let other = write(&graph(&HOSTILE.replace("A cell.", "A ceil."))).expect("a page");
    let nonce = |page: &str| between(page, "script-src 'nonce-", "'").to_owned();
    assert_ne!(nonce(&page()), nonce(&other));
    assert_eq!(nonce(&other).len(), 32);
}
