//! Decodes a picture once, within bounds, to know that it is one; and makes the small picture that lists show.

use std::io::Cursor;

use domain::attachment::{MediaType, PixelSize};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::{Looked, MOST_PIXELS, MOST_SIDE, PREVIEW_SIDE};

/// Of what decoding may hold besides the file.
const MOST_MEMORY: u64 = 256 << 20;
const PREVIEW_QUALITY: u8 = 75;

/// `upright`: how it must be turned.
pub fn seen(
    kind: MediaType,
    bytes: Vec<u8>,
    upright: Option<Orientation>,
) -> Result<Looked, String> {
    let format = match kind {
        MediaType::Png => ImageFormat::Png,
        MediaType::WebP => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    let mut decoded = decoded(&bytes, format)?;
    if let Some(turned) = upright {
        decoded.apply_orientation(turned);
    }
    let size = PixelSize {
        width: decoded.width(),
        height: decoded.height(),
    };
    let preview = preview(&decoded)?;
    Ok(Looked {
        kind,
        bytes,
        size: Some(size),
        preview: Some(preview),
    })
}

fn decoded(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, String> {
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "it needs more memory to show than there may be".to_owned(),
        other => format!("it cannot be decoded: {other}"),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || width.max(height) > MOST_SIDE {
        return Err(format!(
            "it has {width} × {height} pixels; at most {} million and {MOST_SIDE} a side are decoded",
            MOST_PIXELS / 1_000_000
        ));
    }
    if decoder.total_bytes() > MOST_MEMORY {
        return Err("it needs more memory to show than there may be".into());
    }
    DynamicImage::from_decoder(decoder).map_err(broken)
}

fn preview(decoded: &DynamicImage) -> Result<Vec<u8>, String> {
    let fits = decoded.width().max(decoded.height()) <= PREVIEW_SIDE;
    let small = if fits {
        decoded.to_rgba8()
    } else {
        decoded.thumbnail(PREVIEW_SIDE, PREVIEW_SIDE).to_rgba8()
    };
    let mut on_white = RgbImage::new(small.width(), small.height());
    for (to, from) in on_white.pixels_mut().zip(small.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |colour: u32| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([over(red), over(green), over(blue)]);
    }
    let mut jpeg = Vec::new();
    on_white
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, PREVIEW_QUALITY))
        .map_err(|error| format!("no preview can be made of it: {error}"))?;
    Ok(jpeg)
}
