//! The project stands on nothing that one host could take away: see `docs/independence.md`.
//!
//! Read from the files, so no network is needed. That everything also builds without one is for
//! `scripts/independence.sh`.

use std::path::{Path, PathBuf};

/// The one registry, as cargo writes it in a lock file.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Workspaces: the project, and the fuzzers beside it.
const WORKSPACES: &[&str] = &["", "fuzz"];

/// Crates that speak to hosts. Nothing here has a use for one.
const CLIENTS: &str = "attohttpc curl curl-sys git2 gix hf-hub hyper isahc libgit2-sys minreq native-tls openssl-sys \
                       reqwest rustls ureq";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `"text"` of a line `key = "text"`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
}

/// What is wrong with a lock file: packages from elsewhere, without a checksum, or that speak to hosts. Packages without
/// a source are folders of ours.
fn wrong_in_lock(lock: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let find = |key| package.lines().find_map(|line| value(line, key));
        let name = find("name").unwrap_or("a package without a name");
        let ours = name.starts_with("raconteur_") || name == "bevy_raconteur";
        match find("source") {
            None if !ours => wrong.push(format!("{name} is no crate of ours and has no source")),
            None => {}
            Some(CRATES_IO) if find("checksum").is_none_or(|sum| sum.len() != 64) => {
                wrong.push(format!("{name} has no checksum"));
            }
            Some(CRATES_IO) => {}
            Some(other) => wrong.push(format!("{name} comes from {other}")),
        }
        if CLIENTS.split_whitespace().any(|client| client == name) {
            wrong.push(format!("{name} speaks to hosts"));
        }
    }
    wrong
}

/// What is wrong with a manifest or a file of cargo's settings: places that crates could come from, besides the registry
/// and the project's own folders.
fn wrong_in_manifest(manifest: &str, folder: &Path) -> Vec<String> {
    let project = root().canonicalize().expect("the project's folder");
    let mut wrong = Vec::new();
    for line in manifest.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let table = line.trim_matches(['[', ']']).split('.').next().unwrap_or_default();
        if line.starts_with('[') && ["patch", "registries", "registry", "replace", "source"].contains(&table) {
            wrong.push(format!("the table {line}"));
        }
        for (key, value) in line.split(['{', ',', '}']).filter_map(|field| field.split_once('=')) {
            let place = value.split('"').nth(1).map(|path| folder.join(path));
            match key.trim().rsplit('.').next().unwrap_or_default() {
                "git" | "registry" | "registry-index" | "replace-with" => wrong.push(format!("elsewhere: {line}")),
                "path" if !place.is_some_and(|place| place.canonicalize().is_ok_and(|it| it.starts_with(&project))) => {
                    wrong.push(format!("not in the project: {line}"));
                }
                _ => {}
            }
        }
    }
    wrong
}

/// All files of the project, without what is built.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default();
        if !path.is_dir() {
            found.push(path);
        } else if name != "target" && name != ".git" {
            files(&path, found);
        }
    }
}

fn named(names: &[&str]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(&root(), &mut all);
    all.retain(|path| path.file_name().is_some_and(|name| names.iter().any(|&wanted| name == wanted)));
    all
}

#[test]
fn every_crate_comes_from_the_registry_or_from_here() {
    for workspace in WORKSPACES {
        let lock = read(&root().join(workspace).join("Cargo.lock"));
        assert!(lock.matches("[[package]]").count() > 10, "the lock file of '{workspace}' has hardly a package");
        assert_eq!(wrong_in_lock(&lock), Vec::<String>::new(), "in the lock file of '{workspace}'");
    }
}

#[test]
fn every_lock_file_is_of_a_workspace_that_is_looked_at() {
    let known: Vec<PathBuf> = WORKSPACES.iter().map(|workspace| root().join(workspace).join("Cargo.lock")).collect();
    let unknown: Vec<PathBuf> = named(&["Cargo.lock"]).into_iter().filter(|lock| !known.contains(lock)).collect();
    assert_eq!(unknown, Vec::<PathBuf>::new());
}

#[test]
fn no_manifest_and_no_settings_name_another_place() {
    let manifests = named(&["Cargo.toml", "config.toml", "config"]);
    assert!(manifests.len() > WORKSPACES.len(), "the crates were not found");
    for path in manifests {
        let folder = path.parent().expect("a file is in a folder");
        assert_eq!(wrong_in_manifest(&read(&path), folder), Vec::<String>::new(), "in {}", path.display());
    }
}

#[test]
fn nothing_has_to_be_fetched_after_a_clone() {
    assert_eq!(named(&[".gitmodules"]), Vec::<PathBuf>::new(), "a submodule is another repository");
    // Neither builds a crate of ours by a program of its own, nor is a large file a mere pointer to a store.
    assert_eq!(named(&["build.rs"]), Vec::<PathBuf>::new(), "a build script could load what it likes");
    for file in ["models/ember/model.safetensors", "models/ember/tokenizer.json", "fonts/EBGaramond-Regular.otf"] {
        let bytes = std::fs::read(root().join("assets").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(bytes.len() > 10_000 && !bytes.starts_with(b"version https://git-lfs"), "{file} is not whole");
    }
}

#[test]
fn a_package_from_elsewhere_is_found() {
    let package = |name: &str, rest: &str| format!("version = 4\n\n[[package]]\nname = \"{name}\"\n{rest}\n");
    let sum = format!("checksum = \"{}\"", "0".repeat(64));
    let registry = format!("source = \"{CRATES_IO}\"");
    let sound = [package("serde", &format!("{registry}\n{sum}")), package("raconteur_core", "version = \"0.1.0\"")];
    for lock in sound {
        assert_eq!(wrong_in_lock(&lock), Vec::<String>::new(), "{lock}");
    }
    let git = "source = \"git+https://example.org/serde#0123\"";
    for (lock, what) in [
        (package("serde", git), "comes from git+"),
        (package("serde", &format!("source = \"registry+https://example.org/index\"\n{sum}")), "comes from registry+"),
        (package("serde", &registry), "no checksum"),
        (package("serde", "version = \"1.0.0\""), "no source"),
        (package("ureq", &format!("{registry}\n{sum}")), "speaks to hosts"),
    ] {
        let wrong = wrong_in_lock(&lock);
        assert!(wrong.len() == 1 && wrong[0].contains(what), "{wrong:?} in {lock}");
    }
}

#[test]
fn a_manifest_that_leads_elsewhere_is_found() {
    let sound = "# git = \"no\"\n[package]\nrepository = \"https://example.org/git\"\n[dependencies]\n\
                 core = { path = \"crates/raconteur_core\", version = \"0.1.0\" }\nserde = { features = [\"registry\"] }\n";
    assert_eq!(wrong_in_manifest(sound, &root()), Vec::<String>::new());
    for bad in [
        "serde = { git = \"https://example.org/serde\" }",
        "[dependencies.serde]\ngit = \"https://example.org/serde\"",
        "serde.git = \"https://example.org/serde\"",
        "serde = { version = \"1\", registry = \"mine\" }",
        "serde = { path = \"../../serde\" }",
        "serde = { path = \"crates/not_here\" }",
        "[patch.crates-io]",
        "[source.crates-io]",
        "[registries.mine]",
    ] {
        assert_eq!(wrong_in_manifest(bad, &root()).len(), 1, "{bad}");
    }
}
