//! Files that people send: a photo of a letter, a PDF. What a file is, its bytes say, not its name. A
//! picture is drawn anew, so that where and with what it was taken, and whatever else was hidden in
//! it, stays behind. Nothing is ever executed, and no name is ever a path.

pub mod kept;

use std::borrow::Cow;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};
use jiff::SignedDuration;
use tokio::sync::Semaphore;

/// How long a file is kept that no case names yet: longer than the draft it belongs to.
pub const DRAFT: SignedDuration = SignedDuration::from_hours(24 * 15);

/// For a form's `accept` attribute.
pub const ACCEPT: &str = "image/jpeg,image/png,image/webp,application/pdf";

/// Bytes of memory that a picture and a copy of it may take together, while it is turned.
const COPIED: u64 = 256 << 20;

/// What a file may be at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes: usize,
    pub pixels: u64,
    /// Bytes of memory that a decoded picture may take.
    pub alloc: u64,
}

impl Limits {
    /// Of so many bytes, and 40 megapixels of three colours and their opacity, a byte each.
    pub const fn of(bytes: usize) -> Self {
        Self { bytes, pixels: 40_000_000, alloc: 4 * 40_000_000 }
    }
}

/// A file that may be kept and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanFile {
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub media: &'static str,
    /// For showing only.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Why a file cannot be taken. [`BadFile::key`] is a message that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    #[error("there is nothing in it")]
    Empty,
    #[error("it has more bytes than allowed")]
    TooLarge,
    #[error("it has more pixels than allowed")]
    TooManyPixels,
    #[error("it is neither JPEG, PNG, WebP nor PDF")]
    UnknownKind,
    #[error("its name says picture and its bytes say PDF, or the other way round")]
    Disagrees,
    #[error("it is damaged or incomplete")]
    Broken,
}

impl BadFile {
    pub const ALL: [BadFile; 6] = [
        BadFile::Empty,
        BadFile::TooLarge,
        BadFile::TooManyPixels,
        BadFile::UnknownKind,
        BadFile::Disagrees,
        BadFile::Broken,
    ];

    pub fn key(self) -> &'static str {
        match self {
            BadFile::Empty => "file-empty",
            BadFile::TooLarge => "file-too-large",
            BadFile::TooManyPixels => "file-too-many-pixels",
            BadFile::UnknownKind => "file-unknown-kind",
            BadFile::Disagrees => "file-disagrees",
            BadFile::Broken => "file-broken",
        }
    }
}

/// One picture is decoded at a time: what it may take of memory is what all of them take.
const DECODING_AT_ONCE: usize = 1;
static DECODING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(DECODING_AT_ONCE)));

/// Takes a file as it came, off the threads that serve pages.
pub async fn accept(name: &str, bytes: Bytes, limits: Limits) -> Result<CleanFile, BadFile> {
    let name = name.to_owned();
    in_turn(&DECODING, move || clean(&name, &bytes, limits)).await
}

/// Does the work when it is its turn, which lasts until it is done, also where nobody waits for it any more.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, BadFile> + Send + 'static,
) -> Result<T, BadFile> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(|_| BadFile::Broken)?;
    let held = move || {
        let _turn = turn;
        work()
    };
    // A decoder that panics on hostile bytes takes only its own thread down.
    tokio::task::spawn_blocking(held).await.unwrap_or(Err(BadFile::Broken))
}

/// The same, where waiting does no harm.
pub fn clean(name: &str, bytes: &[u8], limits: Limits) -> Result<CleanFile, BadFile> {
    if bytes.is_empty() {
        return Err(BadFile::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(BadFile::TooLarge);
    }
    let kind = infer::get(bytes).map(|kind| kind.mime_type());
    let format = match kind {
        Some("image/jpeg") => ImageFormat::Jpeg,
        Some("image/png") => ImageFormat::Png,
        Some("image/webp") => ImageFormat::WebP,
        Some("application/pdf") => return pdf(name, bytes),
        Some(_) | None => return Err(BadFile::UnknownKind),
    };
    if extension(name).eq_ignore_ascii_case("pdf") {
        return Err(BadFile::Disagrees);
    }
    let picture = decode(bytes, format, limits)?;
    let (media, bytes) = encode(picture, format, limits)?;
    let suffix = if media == "image/png" { "png" } else { "jpg" };
    Ok(CleanFile { media, name: display_name(name, suffix), bytes })
}

fn pdf(name: &str, bytes: &[u8]) -> Result<CleanFile, BadFile> {
    if ["jpg", "jpeg", "png", "webp"].iter().any(|e| extension(name).eq_ignore_ascii_case(e)) {
        return Err(BadFile::Disagrees);
    }
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    if !bytes.starts_with(b"%PDF-") || !contains(tail, b"%%EOF") {
        return Err(BadFile::Broken);
    }
    Ok(CleanFile { media: "application/pdf", name: display_name(name, "pdf"), bytes: bytes.to_vec() })
}

fn decode(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<DynamicImage, BadFile> {
    // The decoder forgives a JPEG that breaks off; a letter of which half is grey is of no use to anyone.
    if format == ImageFormat::Jpeg && !jpeg_ends(bytes) {
        return Err(BadFile::Broken);
    }
    let bytes = match format == ImageFormat::Png {
        true => Cow::Owned(without_profile(bytes)),
        false => Cow::Borrowed(bytes),
    };
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.alloc);
    let mut reader = ImageReader::with_format(Cursor::new(&*bytes), format);
    reader.limits(bounds.clone());
    let mut decoder = reader.into_decoder().map_err(bad)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(BadFile::TooManyPixels);
    }
    bounds.reserve(decoder.total_bytes()).map_err(bad)?;
    decoder.set_limits(bounds).map_err(bad)?;
    let orientation = decoder.orientation().map_err(bad)?;
    let copied =
        is_quarter(orientation) || decoder.color_type().bytes_per_pixel() > decoder.color_type().channel_count();
    if copied && 2 * decoder.total_bytes() > COPIED {
        return Err(BadFile::TooManyPixels);
    }
    let mut picture = narrow(DynamicImage::from_decoder(decoder).map_err(bad)?);
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// A PNG without its colour profile, which nothing here looks at and the decoder would unpack: a megabyte of it to more
/// than all that a picture may take.
fn without_profile(png: &[u8]) -> Vec<u8> {
    // The signature, then chunks: four bytes of length, four of kind, the data, four of checksum.
    let (signature, mut rest) = png.split_at(png.len().min(8));
    let mut kept = signature.to_vec();
    while let Some((length, _)) = rest.split_first_chunk::<4>() {
        let whole = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(12);
        let (chunk, after) = rest.split_at(whole.min(rest.len()));
        if chunk.get(4..8) != Some(b"iCCP") {
            kept.extend_from_slice(chunk);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    kept
}

/// Whether the picture is turned onto its side, which takes a copy of it.
fn is_quarter(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            true
        }
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

/// A byte is enough for a colour.
fn narrow(picture: DynamicImage) -> DynamicImage {
    let color = picture.color();
    if color.bytes_per_pixel() == color.channel_count() {
        return picture;
    }
    match (color.has_color(), color.has_alpha()) {
        (true, true) => picture.into_rgba8().into(),
        (true, false) => picture.into_rgb8().into(),
        (false, true) => picture.into_luma_alpha8().into(),
        (false, false) => picture.into_luma8().into(),
    }
}

fn bad(error: image::ImageError) -> BadFile {
    match error {
        image::ImageError::Limits(_) => BadFile::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => BadFile::Broken,
    }
}

/// Drawings stay exact, photographs stay small.
fn encode(picture: DynamicImage, from: ImageFormat, limits: Limits) -> Result<(&'static str, Vec<u8>), BadFile> {
    let exact = from == ImageFormat::Png || (from == ImageFormat::WebP && picture.color().has_alpha());
    if exact {
        let mut out = Vec::new();
        picture.write_to(&mut Cursor::new(&mut out), ImageFormat::Png).map_err(bad)?;
        if out.len() <= limits.bytes {
            return Ok(("image/png", out));
        }
    }
    let picture = opaque(picture);
    let mut out = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, 88)).map_err(bad)?;
    Ok(("image/jpeg", out))
}

/// Without its opacity, and for the largest pictures without a copy of them.
fn opaque(picture: DynamicImage) -> DynamicImage {
    if matches!(picture, DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_)) {
        return picture;
    }
    if !matches!(picture, DynamicImage::ImageRgba8(_)) {
        return picture.into_rgb8().into();
    }
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = picture.into_rgba8().into_raw();
    let pixels = bytes.len() / 4;
    for at in 0..pixels {
        bytes.copy_within(4 * at..4 * at + 3, 3 * at);
    }
    bytes.truncate(3 * pixels);
    RgbImage::from_raw(width, height, bytes).unwrap_or_default().into()
}

/// Whether the picture itself (not the thumbnail in its head) has its end marker.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xFF, marker]) = bytes.get(at..at + 2).map(|m| [m[0], m[1]]) {
        match marker {
            // Start of scan: between here and the end only coded data, in which FF D9 cannot occur.
            0xDA => return contains(&bytes[at..], &[0xFF, 0xD9]),
            0xFF => at += 1,
            _ => {
                let Some(length) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
    false
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, e)| e)
}

/// What the sender called it, made harmless: no path, no control, invisible or direction-changing
/// characters, at most 100 characters, and the ending that its content has.
fn display_name(name: &str, suffix: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base.chars().filter(|c| !is_unseen(*c)).collect();
    let (kept, _) = case::redact::redact(&kept.split_whitespace().collect::<Vec<_>>().join(" "));
    let known = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "pdf"];
    let stem = match kept.rsplit_once('.') {
        Some((stem, end)) if known.iter().any(|k| end.eq_ignore_ascii_case(k)) => stem,
        Some(_) | None => &kept,
    };
    let stem: String = stem.trim_matches(['.', ' ']).chars().take(99 - suffix.len()).collect();
    let stem = if stem.is_empty() { "file" } else { &stem };
    format!("{stem}.{suffix}")
}

/// Whether a character cannot be seen, or changes the direction of others.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    const LIMITS: Limits = Limits::of(8 << 20);

    /// Left half red, right half blue, so that a turn shows.
    fn picture() -> DynamicImage {
        RgbImage::from_fn(64, 32, |x, _| if x < 32 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }).into()
    }

    fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Vec::new();
        picture.write_to(&mut Cursor::new(&mut out), format).unwrap();
        out
    }

    /// An EXIF block with one entry (Orientation) and a marker text that must not survive.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let body = [b"Exif\0\0".as_slice(), &tiff, b"GPS 51.5N 0.1W"].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xFF, 0xE1], &length, &body, &jpeg[2..]].concat()
    }

    #[test]
    fn pictures_come_out_as_themselves() {
        let png = clean("plan.png", &written(&picture(), ImageFormat::Png), LIMITS).unwrap();
        assert_eq!((png.media, png.name.as_str()), ("image/png", "plan.png"));
        assert_eq!(image::load_from_memory(&png.bytes).unwrap(), picture());
        let jpeg = clean("IMG 1.JPG", &written(&picture(), ImageFormat::Jpeg), LIMITS).unwrap();
        assert_eq!((jpeg.media, jpeg.name.as_str()), ("image/jpeg", "IMG 1.jpg"));
        let glass: DynamicImage = RgbaImage::from_pixel(4, 4, Rgba([1, 2, 3, 100])).into();
        assert_eq!(clean("a.webp", &written(&glass, ImageFormat::WebP), LIMITS).unwrap().media, "image/png");
        assert_eq!(clean("a.webp", &written(&picture(), ImageFormat::WebP), LIMITS).unwrap().media, "image/jpeg");
    }

    #[test]
    fn where_it_was_taken_stays_behind_and_it_stands_upright() {
        let sent = with_exif(&written(&picture(), ImageFormat::Jpeg), 6);
        assert!(contains(&sent, b"GPS 51.5N"));
        let kept = clean("photo.jpg", &sent, LIMITS).unwrap();
        assert!(!contains(&kept.bytes, b"GPS") && !contains(&kept.bytes, b"Exif"));
        let upright = image::load_from_memory(&kept.bytes).unwrap().to_rgb8();
        assert_eq!(upright.dimensions(), (32, 64), "turned by a quarter");
        assert!(upright.get_pixel(16, 5).0[0] > 150 && upright.get_pixel(16, 60).0[2] > 150);
    }

    /// A PNG of one colour whose EXIF says how it is to be turned, with 8 or 16 bits a channel.
    fn turned_png(width: u32, height: u32, deep: bool, orientation: u8) -> Vec<u8> {
        let picture: DynamicImage = if deep {
            image::ImageBuffer::from_pixel(width, height, Rgba([0x8000_u16, 0, 0xFFFF, 0xFFFF])).into()
        } else {
            RgbaImage::from_pixel(width, height, Rgba([0x80, 0, 0xFF, 0xFF])).into()
        };
        let png = written(&picture, ImageFormat::Png);
        let mut exif = b"\0\0\0\x1AeXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = u32::try_from(exif.len() - 8).unwrap().to_be_bytes();
        exif[..4].copy_from_slice(&length);
        let crc = crc32(&exif[4..]).to_be_bytes();
        [&png[..33], &exif, &crc, &png[33..]].concat()
    }

    #[test]
    fn no_picture_takes_more_memory_than_it_may() {
        // By its head alone: what is let in is found to be cut short.
        let said = |width: u32, deep, orientation| {
            let mut sent = turned_png(4, 4, deep, orientation);
            sent[16..20].copy_from_slice(&width.to_be_bytes());
            sent[20..24].copy_from_slice(&5000_u32.to_be_bytes());
            let crc = crc32(&sent[12..29]);
            sent[29..33].copy_from_slice(&crc.to_be_bytes());
            clean("a.png", &sent, LIMITS).unwrap_err()
        };
        // 32.5 megapixels of 16 bits a channel, upright or turned.
        assert_eq!(said(6500, true, 1), BadFile::TooManyPixels);
        assert_eq!(said(6500, true, 6), BadFile::TooManyPixels);
        assert_eq!(said(3000, true, 6), BadFile::Broken);
        // 35 megapixels of 8 bits are taken as they are, but there is no room for a copy to turn.
        assert_eq!(said(7000, false, 3), BadFile::Broken);
        assert_eq!(said(7000, false, 6), BadFile::TooManyPixels);
        // What is small enough is taken, turned and narrowed.
        let kept = clean("a.png", &turned_png(40, 20, true, 6), LIMITS).unwrap();
        let kept = image::load_from_memory(&kept.bytes).unwrap();
        assert_eq!((kept.color(), kept.width(), kept.height()), (image::ColorType::Rgba8, 20, 40));
        assert_eq!(kept.to_rgba8().get_pixel(0, 0).0, [0x80, 0, 0xFF, 0xFF]);
    }

    #[test]
    fn a_colour_profile_is_not_unpacked() {
        let png = written(&picture(), ImageFormat::Png);
        let profile = [b"iCCPp\0\0".as_slice(), &[0x78; 3000]].concat();
        let chunk = |length: u32| [&length.to_be_bytes(), profile.as_slice(), &crc32(&profile).to_be_bytes()].concat();
        let with = |length| [&png[..33], &chunk(length), &png[33..]].concat();
        let length = u32::try_from(profile.len() - 4).unwrap();
        assert_eq!(without_profile(&with(length)), png);
        assert_eq!(clean("a.png", &with(length), LIMITS), clean("a.png", &png, LIMITS));
        // Of what is cut short, or claims to be longer than it is, nothing is left to unpack either.
        assert_eq!(without_profile(&with(u32::MAX)), png[..33]);
        for end in 0..png.len() {
            assert_eq!(without_profile(&png[..end]), png[..end]);
        }
    }

    #[test]
    fn opacity_goes_without_a_copy_and_leaves_the_colours() {
        let glass = RgbaImage::from_fn(5, 3, |x, y| Rgba([x as u8, y as u8, 7, 100]));
        assert_eq!(opaque(glass.clone().into()), DynamicImage::ImageRgba8(glass).into_rgb8().into());
    }

    #[tokio::test]
    async fn one_is_decoded_at_a_time_also_where_nobody_waits_for_it() {
        let turns = Arc::new(Semaphore::new(DECODING_AT_ONCE));
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let theirs = turns.clone();
        let gone = tokio::spawn(async move { in_turn(&theirs, move || Ok(wait.recv().is_err())).await });
        while turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(turns.available_permits(), 0);
        drop(done);
        assert!(in_turn(&turns, || Ok(())).await.is_ok());
    }

    #[test]
    fn what_rides_along_is_dropped() {
        let mut sent = written(&picture(), ImageFormat::Jpeg);
        sent.extend(b"<script>alert(1)</script>PK\x03\x04");
        let kept = clean("both.jpg", &sent, LIMITS).unwrap();
        assert!(!contains(&kept.bytes, b"script") && !contains(&kept.bytes, b"PK\x03\x04"));
    }

    #[test]
    fn what_is_none_of_ours_is_told_apart() {
        let jpeg = written(&picture(), ImageFormat::Jpeg);
        let png = written(&picture(), ImageFormat::Png);
        // A PNG of 60,000 × 60,000 says so in its head, before any pixel.
        let mut bomb = png.clone();
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let big = vec![0; LIMITS.bytes + 1];
        let cases: [(&str, &[u8], BadFile); 12] = [
            ("a.jpg", b"", BadFile::Empty),
            ("a.jpg", &big, BadFile::TooLarge),
            ("a.jpg", b"<!doctype html><script>alert(1)</script>", BadFile::UnknownKind),
            ("a.pdf", b"MZ\x90\0\x03\0\0\0", BadFile::UnknownKind),
            ("a.png", b"GIF89a\x01\0\x01\0\0\0\0;", BadFile::UnknownKind),
            ("a.pdf", &jpeg, BadFile::Disagrees),
            ("a.jpg", b"%PDF-1.7\n%%EOF\n", BadFile::Disagrees),
            ("a.jpg", &jpeg[..jpeg.len() / 2], BadFile::Broken),
            ("a.jpg", &jpeg[..jpeg.len() - 2], BadFile::Broken),
            ("a.png", &png[..png.len() / 2], BadFile::Broken),
            ("a.pdf", b"%PDF-1.7\n1 0 obj", BadFile::Broken),
            ("a.png", &bomb, BadFile::TooManyPixels),
        ];
        for (name, bytes, why) in cases {
            assert_eq!(clean(name, bytes, LIMITS).unwrap_err(), why, "{name}, {} bytes", bytes.len());
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let jpeg = written(&picture(), ImageFormat::Jpeg);
        for cut in 0..jpeg.len() {
            let _ = clean("a.jpg", &jpeg[..cut], LIMITS);
            let mut bent = jpeg.clone();
            bent[cut] ^= 0x55;
            let _ = std::panic::catch_unwind(|| jpeg_ends(&bent)).unwrap();
        }
    }

    #[test]
    fn a_pdf_is_kept_as_it_is() {
        let bytes = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n";
        let kept = clean("信.pdf", bytes, LIMITS).unwrap();
        assert_eq!((kept.media, kept.name.as_str(), kept.bytes.as_slice()), ("application/pdf", "信.pdf", &bytes[..]));
    }

    #[test]
    fn a_name_is_never_a_path_nor_a_trick() {
        for (sent, shown) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\me\\letter.pdf", "letter.pdf"),
            ("let\u{202E}fdp.exe", "letfdp.exe.pdf"),
            ("a\nb\0c.pdf", "abc.pdf"),
            (".pdf", "file.pdf"),
            ("", "file.pdf"),
            ("..", "file.pdf"),
            ("声明 书.PDF", "声明 书.pdf"),
        ] {
            assert_eq!(display_name(sent, "pdf"), shown, "{sent:?}");
        }
        assert_eq!(display_name(&"长".repeat(500), "pdf").chars().count(), 100);
    }

    #[test]
    fn every_reason_has_its_words() {
        for lang in case::Lang::ALL {
            for why in BadFile::ALL {
                assert!(crate::words::words(lang).has(why.key()), "{} in {}", why.key(), lang.tag());
            }
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, b| {
            (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
        })
    }
}
