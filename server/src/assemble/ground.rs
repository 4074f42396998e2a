//! What was configured to lie under the map, opened for the pages.

use std::sync::Arc;

use domain::wire::ground::ConfiguredBasemap;

use super::Failure;
use crate::ground::Ground;
use crate::web;

pub fn opened(ground: &Ground) -> Result<web::Ground, Failure> {
    let open = |(name, path): &(String, std::path::PathBuf)| {
        let tileset = web::Tileset::open(path)
            .map_err(|error| Failure(format!("failed to open {}: {error}", path.display())))?;
        Ok((name.clone(), Arc::new(tileset)))
    };
    Ok(web::Ground {
        basemap: ConfiguredBasemap {
            basemap: ground.basemap.clone(),
        },
        imagery: ground.imagery.clone(),
        origins: ground.origins.clone(),
        tilesets: ground
            .tilesets
            .iter()
            .map(open)
            .collect::<Result<_, Failure>>()?,
    })
}
