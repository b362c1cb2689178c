//! The page of `raconteur graph` in a real browser: headless Chromium loads it and says what the page made of itself.
//!
//! Needs `chromium` (on Debian: `apt-get install chromium`), or the path of one in `RACONTEUR_CHROMIUM`. Where there is
//! none the tests say so and pass, but not where `CI` is set.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A story with a soft-lock, a beat that nothing leads to, and texts that would like to be markup.
const STORY: &str = r#"(
    format: 1, id: "cells", title: "Cells </script><script>document.title='taken'</script>", start: "yard", ends: ["free"],
    vars: {"has_key": Bool(init: false)},
    cast: {"narrator": (name: ""), "warden": (name: "Şükrü Warden", voice: "curt"), "jo": (name: "Jo", voice: "loud")},
    policies: {"default": (stop: ["\n"])},
    prompts: {"vary": "{speaker}: {say}\n{speaker}, again:"},
    beats: {
        "yard": (setting: "A yard <img src=x onerror=document.title='taken'>.",
            lines: [(id: "yard_1", who: "warden", say: "Nobody leaves 🔔 & nobody \"asks\"."),
                    (id: "yard_2", who: "jo", say: "I ask.", gen: Vary(prompt: "vary"))],
            choices: [(id: "to_cell", say: "Go into the cell.", to: "cell"),
                      (id: "take_key", say: "Take the key.", to: "gate", then: ["has_key = true"])]),
        "cell": (setting: "A cell.", lines: [(id: "cell_1", who: "jo", say: "The door falls shut.")],
            choices: [(id: "open", say: "Open it.", to: "free", when: "has_key")]),
        "gate": (setting: "The gate.", lines: [(id: "gate_1", who: "warden", say: "Go.")], next: "free"),
        "attic": (setting: "Dust.", lines: [(id: "attic_1", who: "jo", say: "Quiet here.")], next: "free"),
        "free": (setting: "Outside.", lines: [(id: "free_1", who: "narrator", say: "Rain.")], end: true),
    },
)"#;

/// A page that a browser can open.
struct Page {
    folder: TempDir,
    browser: PathBuf,
    html: String,
}

/// The page of [`STORY`]; `None` where there is no browser to look at it.
fn page() -> Option<Page> {
    let folder = tempfile::tempdir().expect("a folder");
    let story = folder.path().join("cells.story.ron");
    std::fs::write(&story, STORY).expect("a file");
    page_of(&story, folder)
}

fn page_of(story: &Path, folder: TempDir) -> Option<Page> {
    let Some(browser) = browser() else {
        let notice =
            "no Chromium was found, so the page was not looked at: install chromium, or name one in RACONTEUR_CHROMIUM";
        assert!(std::env::var_os("CI").is_none(), "{notice}");
        eprintln!("skipped: {notice}");
        return None;
    };
    let out = folder.path().join("page.html");
    let program = env!("CARGO_BIN_EXE_raconteur");
    let output = Command::new(program).arg("graph").arg(story).arg("-o").arg(&out).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let html = std::fs::read_to_string(out).expect("the page");
    Some(Page { folder, browser, html })
}

fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("RACONTEUR_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    found.into_iter().find(|program| program.is_file())
}

impl Page {
    /// Opens the page at this fragment, does what `script` says, and gives the elements that are there then.
    fn open(&self, fragment: &str, script: &str) -> Dom {
        let place = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        let nonce =
            self.html.split("script-src 'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        // What a test does is done by a script of the page's own standing, after the page's.
        let driven = format!("<script nonce=\"{nonce}\">{script}</script>\n</body>");
        let file = place.path().join("page.html");
        std::fs::write(&file, self.html.replacen("</body>", &driven, 1)).expect("a file");
        let (out, log) = (place.path().join("out"), place.path().join("log"));
        let mut child = Command::new(&self.browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--window-size=1400,900", "--virtual-time-budget=4000"])
            .args(["--enable-logging=stderr", "--dump-dom"])
            .arg(format!("--user-data-dir={}", place.path().join("profile").display()))
            .arg(format!("file://{}#{fragment}", file.display()))
            .stdin(Stdio::null())
            .stdout(File::create(&out).expect("a file"))
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("the browser runs");
        // Not a measure of speed: only a browser that hangs takes so long.
        let patience = Instant::now() + Duration::from_secs(180);
        while child.try_wait().expect("the browser is ours").is_none() {
            if Instant::now() > patience {
                child.kill().expect("the browser is ours");
                panic!("the browser hangs: {}", std::fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = String::from_utf8_lossy(&std::fs::read(&log).expect("a log")).into_owned();
        let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(complaints.is_empty(), "the page complains: {complaints:#?}");
        let text = String::from_utf8(std::fs::read(&out).expect("what was printed")).expect("UTF-8");
        assert!(text.contains("data-ready=\"yes\""), "the script ran to its end: {log}\n{text}");
        Dom { text }
    }
}

/// The elements of a page, as a browser writes them.
struct Dom {
    text: String,
}

impl Dom {
    /// The text between the tag that holds `start` and the next `end`.
    fn part(&self, start: &str, end: &str) -> &str {
        let (_, after) = self.text.split_once(start).unwrap_or_else(|| panic!("no {start} in {}", self.text));
        after.split_once(end).unwrap_or_else(|| panic!("no {end} behind {start}")).0
    }

    /// The tag of a beat's card.
    fn card(&self, id: &str) -> &str {
        let cards = self.text.split("<g class=\"beat").skip(1);
        let mut tags = cards.filter_map(|rest| rest.split('>').next());
        tags.find(|tag| tag.contains(&format!("data-id=\"{id}\""))).unwrap_or_else(|| panic!("no card '{id}'"))
    }

    /// Ids of the beats that the list on the left shows.
    fn listed(&self) -> Vec<&str> {
        let list = self.part("<div id=\"list\"", "</aside>");
        list.split("data-id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    fn detail(&self) -> &str {
        self.part("<aside id=\"detail\"", "</aside>")
    }
}

#[test]
fn a_search_finds_what_is_said() {
    let Some(page) = page() else { return };
    let dom = page.open("q=falls+shut", "");
    assert_eq!(dom.listed(), ["cell"]);
    assert!(dom.part("<div id=\"list\"", "</aside>").contains("<mark>falls</mark>"));
    assert!(dom.card("cell").contains("found") && !dom.card("cell").contains("faded"), "{}", dom.card("cell"));
    assert!(dom.card("yard").contains("faded"));
    // Ids, variables, speakers; accents and capitals do not matter.
    assert_eq!(page.open("q=gate_1", "").listed(), ["gate"]);
    assert_eq!(page.open("q=HAS_KEY", "").listed(), ["yard", "cell"]);
    assert_eq!(page.open("q=sukru", "").listed(), ["yard", "gate"]);
    assert!(page.open("q=no+such+words", "").text.contains("Nothing fits."));
}

#[test]
fn typing_and_clicking_do_the_same_as_the_address() {
    let Some(page) = page() else { return };
    let typed = "const field = document.getElementById('search'); field.value = 'rain'; \
                 field.dispatchEvent(new Event('input', {bubbles: true}));";
    assert_eq!(page.open("", typed).listed(), ["free"]);
    let click = "document.querySelector('.beat[data-id=\"gate\"] .card')\
                 .dispatchEvent(new MouseEvent('click', {bubbles: true}));";
    let dom = page.open("", click);
    assert!(dom.detail().contains("data-line=\"gate_1\""), "{}", dom.detail());
    assert!(dom.card("gate").contains("chosen"));
    // From there along an arrow, and back out with a key.
    let follow = format!("{click} document.querySelector('#detail [data-to=\"free\"]').click();");
    assert!(page.open("", &follow).detail().contains("data-line=\"free_1\""));
    let close = format!("{click} window.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Escape'}}));");
    let dom = page.open("", &close);
    assert!(dom.detail().contains("hidden") && !dom.card("gate").contains("chosen"));
    let keys = "const card = document.querySelector('.beat[data-id=\"yard\"]'); card.focus(); \
                card.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})); \
                document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));";
    let dom = page.open("", keys);
    assert!(dom.card("cell").contains("chosen") || dom.card("gate").contains("chosen"), "the card on the right");
}

#[test]
fn a_beat_shows_its_lines() {
    let Some(page) = page() else { return };
    let dom = page.open("beat=yard", "");
    let detail = dom.detail();
    assert!(
        detail.contains("data-line=\"yard_1\"") && detail.contains("Nobody leaves 🔔 &amp; nobody \"asks\"."),
        "{detail}"
    );
    assert!(detail.contains("<span class=\"chip model\">vary</span>") && detail.contains("has_key = true"), "{detail}");
    assert!(detail.contains("data-to=\"cell\"") && detail.contains("data-to=\"gate\""));
    assert!(dom.card("yard").contains("chosen"));
    assert!(dom.text.contains("class=\"way choice lit\""), "its arrows are lit");
    // Who does not speak steps back when one character is followed.
    let dom = page.open("beat=yard&who=jo", "");
    assert!(dom.detail().contains("<div class=\"said quiet\" data-line=\"yard_1\""), "{}", dom.detail());
    assert!(dom.card("gate").contains("faded") && !dom.card("cell").contains("faded"));
}

#[test]
fn what_is_wrong_is_seen() {
    let Some(page) = page() else { return };
    let dom = page.open("beat=cell&tab=findings", "");
    assert!(dom.card("cell").contains(" soft-lock"), "{}", dom.card("cell"));
    assert!(dom.card("attic").contains(" unreachable"), "{}", dom.card("attic"));
    assert!(!dom.card("gate").contains("soft-lock") && !dom.card("gate").contains("unreachable"));
    let detail = dom.detail();
    assert!(detail.contains("data-mark=\"soft-lock\"") && detail.contains("has_key=false"), "{detail}");
    let list = dom.part("<div id=\"list\"", "</aside>");
    assert!(list.contains("soft lock") && list.contains("unreachable"), "{list}");
}

#[test]
fn texts_of_a_story_do_nothing() {
    let Some(page) = page() else { return };
    let dom = page.open("beat=yard", "");
    assert_eq!(
        dom.part("<title>", "</title>").trim(),
        "Cells &lt;/script&gt;&lt;script&gt;document.title='taken'&lt;/script&gt;"
    );
    assert!(!dom.text.contains("<img"));
}

#[test]
fn the_shipped_story_opens_in_both_themes() {
    let folder = tempfile::tempdir().expect("a folder");
    let story = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron");
    let Some(page) = page_of(&story, folder) else { return };
    let dom = page.open("q=bell&theme=dark&tab=numbers", "");
    assert!(dom.text.contains("data-theme=\"dark\""));
    assert!(dom.part("<div id=\"list\"", "</aside>").contains("trust_mara"));
    let turn = "document.getElementById('theme').click();";
    assert!(page.open("theme=dark", turn).text.contains("data-theme=\"light\""));
}
