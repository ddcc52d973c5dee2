//! Who has a store open for writing, as far as the system tells.

use std::path::Path;

/// Where a store is open for writing, in words.
pub(crate) fn place_of(store: &Path) -> String {
    of(store).map_or_else(|| "elsewhere".to_owned(), |holder| format!("in {holder}"))
}

/// The process that holds the lock of a store, in words; `None` where the system does not tell.
#[cfg(target_os = "linux")]
fn of(store: &Path) -> Option<String> {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    let file = fs::metadata(store.join("LOCK")).ok()?;
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let process = holder_in(&locks, file.dev(), file.ino())?;
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok();
    let name = name.map_or_else(String::new, |name| format!(" ({})", name.trim()));
    Some(format!("process {process}{name}"))
}

#[cfg(not(target_os = "linux"))]
fn of(_: &Path) -> Option<String> {
    None
}

/// The process that has a file locked for itself, by what the kernel lists.
#[cfg(target_os = "linux")]
fn holder_in(locks: &str, device: u64, inode: u64) -> Option<u32> {
    // As the kernel puts the two numbers of a device together.
    let major = (device >> 8 & 0xfff) | (device >> 32 & !0xfff);
    let minor = (device & 0xff) | (device >> 12 & !0xff);
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", process, at, ..] = &words[..] else { return None };
        if *at == place { process.parse().ok() } else { None }
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_who_has_that_very_file() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF\n\
                     2: FLOCK  ADVISORY  READ 12 fe:00:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 15 fe:00:77 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 13 fe:01:77 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 14 fe:00:77 0 EOF\n";
        assert_eq!(holder_in(locks, 0xfe00, 77), Some(14));
        assert_eq!(holder_in(locks, 0xfe01, 77), Some(13));
        assert_eq!(holder_in(locks, 0xfe00, 78), None);
        assert_eq!(holder_in("", 0, 0), None);
    }
}
