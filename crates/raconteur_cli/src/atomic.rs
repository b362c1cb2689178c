//! Writing files so that there is always a whole one: into a new file beside it, which then takes its place.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file was not written. What stood there still does.
#[derive(Debug, thiserror::Error)]
#[error("'{}' could not be written ({source}), and is as it was{}. Check the permissions of its folder, and the space on the disk", .path.display(), done(.written))]
pub struct WriteError {
    path: PathBuf,
    source: std::io::Error,
    /// Files that were written before it.
    written: Vec<PathBuf>,
}

fn done(written: &[PathBuf]) -> String {
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    if names.is_empty() { String::new() } else { format!("; written before it: {}", names.join(", ")) }
}

/// Writes all files, or none unless a disk fails between two renames. Links are followed, permissions stay.
///
/// # Errors
/// [`WriteError`] with the file at which it stopped.
pub fn write_all(files: &[(&Path, String)]) -> Result<(), WriteError> {
    let failed = |path: &Path, source| WriteError { path: path.to_owned(), source, written: Vec::new() };
    let mut ready = Vec::new();
    for (path, text) in files {
        ready.push((*path, prepare(path, text).map_err(|error| failed(path, error))?));
    }
    let mut written = Vec::new();
    for (path, (file, target)) in ready {
        match file.persist(target) {
            Ok(_) => written.push(path.to_owned()),
            Err(error) => return Err(WriteError { written, ..failed(path, error.error) }),
        }
    }
    Ok(())
}

/// The new file, whole and on the disk, and where it goes.
fn prepare(path: &Path, text: &str) -> std::io::Result<(NamedTempFile, PathBuf)> {
    // A link stays a link: what it points to is replaced.
    let target = if path.exists() { path.canonicalize()? } else { path.to_owned() };
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".raconteur-");
    // A file of its own is for everybody to read, as far as the system's mask allows; tempfile's are private.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(existing) = target.metadata() {
        if existing.permissions().readonly() {
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it is read-only"));
        }
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok((file, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_makes_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (folder.path().join("old.ron"), folder.path().join("new.ron"));
        std::fs::write(&old, "before").expect("a file");
        write_all(&[(&old, "after".to_owned()), (&new, "new".to_owned())]).expect("written");
        assert_eq!(std::fs::read_to_string(&old).expect("a file"), "after");
        assert_eq!(std::fs::read_to_string(&new).expect("a file"), "new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn one_that_cannot_be_written_leaves_all_as_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let old = folder.path().join("old.ron");
        std::fs::write(&old, "before").expect("a file");
        let nowhere = folder.path().join("no folder/new.ron");
        let error = write_all(&[(&old, "after".to_owned()), (&nowhere, String::new())]).expect_err("no such folder");
        assert!(error.to_string().contains("no folder"), "{error}");
        assert_eq!(std::fs::read_to_string(&old).expect("a file"), "before");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn keeps_permissions_and_links_and_respects_read_only() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real.ron"), folder.path().join("link.ron"));
        std::fs::write(&real, "before").expect("a file");
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).expect("permissions");
        symlink(&real, &link).expect("a link");
        write_all(&[(&link, "after".to_owned())]).expect("written");
        assert!(link.symlink_metadata().expect("a link").is_symlink());
        assert_eq!(std::fs::read_to_string(&real).expect("a file"), "after");
        assert_eq!(real.metadata().expect("a file").permissions().mode() & 0o777, 0o640);
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o440)).expect("permissions");
        assert!(write_all(&[(&real, "no".to_owned())]).is_err());
        assert_eq!(std::fs::read_to_string(&real).expect("a file"), "after");
    }
}
