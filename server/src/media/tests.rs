//! Stories of files people send: photos that say where they were taken, files that are cut off, damaged, or made to do harm.

mod made;

use image::ImageReader;
use proptest::prelude::*;

use super::*;
use made::{PLACE, film, in_chunks, jpeg, pdf, png, png_chunk, webp};

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// Small, since each is looked through a thousand times.
fn samples() -> [(MediaType, Vec<u8>); 5] {
    [
        (MediaType::Jpeg, jpeg(32, 24, Some(6))),
        (MediaType::Png, png(24, 18)),
        (MediaType::WebP, webp(24, 18)),
        (MediaType::Mp4, film(b"vide")),
        (MediaType::Pdf, pdf()),
    ]
}

fn why(unfit: Result<Looked, Unfit>) -> String {
    match unfit {
        Ok(looked) => panic!("a {} was taken", looked.kind.name()),
        Err(Unfit::Other(found)) => found.to_owned(),
        Err(Unfit::Bad { why, .. }) => why,
    }
}

#[test]
fn a_file_is_what_its_content_is_and_says_no_longer_where_it_was_made() {
    for (kind, bytes) in samples() {
        assert!(holds(&bytes, PLACE), "{kind:?} of the test has no place");
        let looked = look(bytes).expect("good");
        assert_eq!(looked.kind, kind);
        // A PDF is kept as it is, and only ever saved.
        assert_eq!(
            holds(&looked.bytes, PLACE),
            kind == MediaType::Pdf,
            "{kind:?}"
        );
        for word in [&b"Huawei"[..], b"XMP", b"Canon"] {
            assert!(!holds(&looked.bytes, word), "{kind:?} {word:?}");
        }
        let preview = looked.preview.unwrap_or_default();
        assert!(!holds(&preview, PLACE));
        // Looked through again it stays as it is.
        let again = look(looked.bytes.clone()).expect("good");
        assert_eq!(again.bytes, looked.bytes, "{kind:?}");
    }
}

#[test]
fn what_draws_a_picture_stays_byte_for_byte() {
    let sent = jpeg(320, 200, None);
    let looked = look(sent.clone()).expect("good");
    let scan = sent
        .windows(2)
        .position(|two| two == b"\xff\xda")
        .expect("a scan");
    let drawn = &sent[scan..sent.len() - made::AFTER_THE_END.len()];
    assert!(
        looked.bytes.ends_with(drawn),
        "nothing was compressed anew, and the tail is gone"
    );
    let pixels = |bytes: &[u8]| {
        let reader = ImageReader::new(std::io::Cursor::new(bytes.to_vec()));
        let decoded = reader.with_guessed_format().expect("known").decode();
        decoded.expect("decoded").to_rgba8()
    };
    for bytes in [sent, png(33, 21), webp(33, 21)] {
        let looked = look(bytes.clone()).expect("good");
        assert_eq!(pixels(&bytes), pixels(&looked.bytes), "{:?}", looked.kind);
    }
}

#[test]
fn a_photo_held_upright_stays_upright() {
    let looked = look(jpeg(640, 480, Some(6))).expect("good");
    let size = looked.size.expect("a size");
    assert_eq!((size.width, size.height), (480, 640));
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06";
    assert!(
        holds(&looked.bytes, exif),
        "how it is turned is the one thing it still says"
    );
    let preview = image::load_from_memory(&looked.preview.expect("a preview")).expect("decoded");
    assert_eq!((preview.width(), preview.height()), (360, 480));
}

#[test]
fn what_is_none_of_the_five_is_named() {
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (b"GIF89a......", "a GIF"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"  <svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"PK\x03\x04....", "a ZIP archive or an office document"),
        (b"MZ\x90\0", "a program"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a QuickTime film"),
        (b"=cmd|' /C calc'!A0", "plain text"),
        (b"\x01\x02\x03\xff\0", "something else"),
    ] {
        assert_eq!(
            look(bytes.to_vec()).expect_err("refused"),
            Unfit::Other(found)
        );
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    // A few bytes that claim a great picture.
    let mut head = vec![];
    head.extend(100_000_u32.to_be_bytes());
    head.extend(100_000_u32.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let great = in_chunks(&[(b"IHDR", &head), (b"IDAT", b"x"), (b"IEND", b"")]);
    assert!(why(look(great)).contains("than there may be"));
    let mut wide = jpeg(16, 16, None);
    let frame = wide
        .windows(2)
        .position(|two| two == b"\xff\xc0")
        .expect("a frame");
    wide[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let said = why(look(wide));
    assert!(
        said.contains("pixels") || said.contains("than there may be"),
        "{said}"
    );
    // Within the sides, beyond the pixels.
    let mut head = vec![];
    head.extend(16_000_u32.to_be_bytes());
    head.extend(16_000_u32.to_be_bytes());
    head.extend([8, 0, 0, 0, 0]);
    let many = in_chunks(&[(b"IHDR", &head), (b"IDAT", b"x"), (b"IEND", b"")]);
    assert!(why(look(many)).contains("16000 × 16000 pixels"));
    // Boxes within boxes, each of eight bytes.
    let mut boxes = film(b"vide");
    for _ in 0..30_000 {
        boxes.extend(b"\0\0\0\x08free");
    }
    assert!(why(look(boxes)).contains("too many parts"));
}

#[test]
fn a_film_with_a_track_of_places_is_refused_with_the_reason() {
    let said = why(look(film(b"meta")));
    assert!(
        said.contains("\"meta\"") && said.contains("where it was taken"),
        "{said}"
    );
    let size = look(film(b"vide")).expect("good").size.expect("a size");
    assert_eq!((size.width, size.height), (1_080, 1_920), "a quarter turn");
}

#[test]
fn a_picture_that_moves_and_a_checksum_that_does_not_fit_are_refused() {
    let mut moves = webp(16, 16);
    moves[20] |= 0x02;
    assert!(why(look(moves)).contains("moves"));
    let mut spoiled = png(16, 16);
    spoiled[20] ^= 1;
    assert!(why(look(spoiled)).contains("checksum"));
    let mut strange = png_chunk(b"ABCD", b"x");
    let good = png(16, 16);
    strange.splice(0..0, good[..33].iter().copied());
    strange.extend(&good[33..]);
    assert!(why(look(strange)).contains("nobody knows"));
}

#[test]
fn nothing_that_is_cut_off_is_taken() {
    for (kind, bytes) in samples() {
        let end = match kind {
            // What follows the end of these is left out anyhow.
            MediaType::Jpeg | MediaType::Png | MediaType::WebP => {
                bytes.len() - made::AFTER_THE_END.len()
            }
            MediaType::Mp4 | MediaType::Pdf => bytes.len(),
        };
        assert!(look(bytes[..end].to_vec()).is_ok(), "{kind:?}");
        for length in 0..end {
            // A PDF's last line may end without a break.
            if kind == MediaType::Pdf && length + 1 == end {
                continue;
            }
            assert!(
                look(bytes[..length].to_vec()).is_err(),
                "{kind:?} of {length} bytes out of {end} was taken"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_is_refused_or_harmless_and_never_ends_us(
        which in 0..5_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (_, mut bytes) = samples().into_iter().nth(which).expect("one of five");
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(looked) = look(bytes) {
            // Whatever was taken is whole: it is taken again as it is.
            let again = look(looked.bytes.clone());
            prop_assert_eq!(again.map(|again| again.bytes), Ok(looked.bytes));
        }
    }

    #[test]
    fn noise_behind_a_true_beginning_never_ends_us(
        which in 0..5_usize,
        noise in proptest::collection::vec(any::<u8>(), 0..400),
        kept in 4..40_usize,
    ) {
        let (_, bytes) = samples().into_iter().nth(which).expect("one of five");
        let mut bytes = bytes[..kept.min(bytes.len())].to_vec();
        bytes.extend(noise);
        // Some are good by chance (a PDF is not looked into): none may panic.
        let _answered = look(bytes).is_ok();
    }
}
