//! What a clip's id tells: `<class>-<city>-<location>-<segment>`, as in `bus-lisbon-1175-44106`.
//!
//! Clips of one location are cuts of one recording. They resemble each other more than others do, so
//! whatever asks how sure a score is must count locations, not clips.

/// The class name in a clip's id, if it has the form of one. The name itself may hold dashes.
#[must_use]
pub fn class_prefix(id: &str) -> Option<&str> {
    let mut parts = id.rsplitn(4, '-').skip(3);
    parts.next().filter(|name| !name.is_empty())
}

/// Class, city and location in a clip's id: clips that share them are cuts of one recording.
#[must_use]
pub fn location(id: &str) -> Option<&str> {
    class_prefix(id)?;
    id.rsplit_once('-').map(|(location, _)| location)
}

/// The city in a clip's id.
#[must_use]
pub fn city(id: &str) -> Option<&str> {
    class_prefix(id)?;
    id.rsplit('-').nth(2).filter(|city| !city.is_empty())
}

/// The clip that a part of a clip belongs to, where the id carries the part's number after the four
/// parts of a clip's own: `bus-lisbon-1175-44106` for `bus-lisbon-1175-44106-3` and `…_3`.
#[must_use]
pub fn whole(id: &str) -> Option<&str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (clip, part) = id.rsplit_once(['-', '_', '.'])?;
    let mut rest = clip.rsplitn(4, '-');
    let (segment, location) = (rest.next()?, rest.next()?);
    rest.nth(1).filter(|class| !class.is_empty())?;
    (is_number(part) && is_number(segment) && is_number(location)).then_some(clip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_apart() {
        assert_eq!(class_prefix("street_traffic-lisbon-1175-44106"), Some("street_traffic"));
        assert_eq!(class_prefix("drive-in-lisbon-1175-44106"), Some("drive-in"));
        assert_eq!(class_prefix("lisbon-1175-44106"), None);
        assert_eq!(class_prefix("-lisbon-1175-44106"), None);
        assert_eq!(location("bus-lisbon-1175-44106"), Some("bus-lisbon-1175"));
        assert_eq!(location("a"), None);
        assert_eq!(city("drive-in-lisbon-1175-44106"), Some("lisbon"));
        assert_eq!(city("bus--1175-44106"), None);
    }

    #[test]
    fn a_part_of_a_clip_is_told_from_a_clip() {
        let cases = [
            ("a clip", "bus-lisbon-1175-44106", None),
            ("a numbered part", "bus-lisbon-1175-44106-3", Some("bus-lisbon-1175-44106")),
            ("joined by an underscore", "bus-lisbon-1175-44106_10", Some("bus-lisbon-1175-44106")),
            ("a class with a dash", "drive-in-lisbon-1175-44106", None),
            ("its part", "drive-in-lisbon-1175-44106.0", Some("drive-in-lisbon-1175-44106")),
            ("a clip of an unusual name", "bus-lisbon-7-b_3", None),
            ("no id of this kind", "clip_3", None),
            ("nothing", "", None),
        ];
        for (reason, id, expected) in cases {
            assert_eq!(whole(id), expected, "{reason}");
        }
    }
}
