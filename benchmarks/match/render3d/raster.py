"""Triangles to pixels: which triangle each pixel shows, its colour, and what the sun reaches.

Plain loops over arrays for Numba; what they mean stands where they are called.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def draw(points, triangles, uv, texture, offsets, texels, near, straight, depth, shown):
    """Fill in depth and number of the nearest triangle of each pixel.

    ``points``: (n, 3), x and y in px already divided by depth where not ``straight``, else as they
    are; the third is the depth. Rows of ``triangles`` that reach before ``near`` were cut before.
    ``texture``: for each triangle its texture, or -1; texels with alpha below 128 are holes.
    """
    high, wide = depth.shape
    for at in range(len(triangles)):
        a, b, c = triangles[at]
        if points[a, 2] < near or points[b, 2] < near or points[c, 2] < near:
            continue
        ax, ay, bx, by, cx, cy = (
            points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        )  # fmt: skip
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        left = max(0, int(np.floor(min(ax, bx, cx))))
        right = min(wide - 1, int(np.ceil(max(ax, bx, cx))))
        top = max(0, int(np.floor(min(ay, by, cy))))
        low = min(high - 1, int(np.ceil(max(ay, by, cy))))
        if left > right or top > low:
            continue
        za, zb, zc = points[a, 2], points[b, 2], points[c, 2]
        if not straight:
            za, zb, zc = 1 / za, 1 / zb, 1 / zc
        holes = texture[at] >= 0 and offsets[texture[at], 3] == 1
        for y in range(top, low + 1):
            for x in range(left, right + 1):
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                z = u * za + v * zb + w * zc
                if not straight:
                    z = 1 / z
                if z >= depth[y, x]:
                    continue
                if holes:
                    if straight:
                        s = u * uv[at, 0, 0] + v * uv[at, 1, 0] + w * uv[at, 2, 0]
                        t = u * uv[at, 0, 1] + v * uv[at, 1, 1] + w * uv[at, 2, 1]
                    else:
                        s = z * (
                            u * za * uv[at, 0, 0] + v * zb * uv[at, 1, 0] + w * zc * uv[at, 2, 0]
                        )
                        t = z * (
                            u * za * uv[at, 0, 1] + v * zb * uv[at, 1, 1] + w * zc * uv[at, 2, 1]
                        )
                    start, th, tw = (
                        offsets[texture[at], 0],
                        offsets[texture[at], 1],
                        offsets[texture[at], 2],
                    )
                    row, column = int(t * th) % th, int(s * tw) % tw
                    if texels[start + row * tw + column, 3] < 128:
                        continue
                depth[y, x] = z
                shown[y, x] = at


@njit(nogil=True, cache=True)
def fetch(texels, linear, offsets, texture, level, s, t, out):
    """Fill in the colour of a texture at s, t (1 is its whole width), between four texels."""
    row = texture + level
    start, th, tw = offsets[row, 0], offsets[row, 1], offsets[row, 2]
    x, y = s * tw - 0.5, t * th - 0.5
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - x0, y - y0
    for channel in range(3):
        out[channel] = 0.0
    for dy in range(2):
        for dx in range(2):
            share = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
            at = start + ((y0 + dy) % th) * tw + (x0 + dx) % tw
            for channel in range(3):
                out[channel] += share * linear[texels[at, channel]]


@njit(nogil=True, cache=True)
def paint(
    shown, depth, axes, focal, eye, corners, edges, normals, uv, texture, levels, density, texels,
    linear, offsets, sun, sunlight, skylight, haze, haze_m, sun_map, sun_axes, sun_from, sun_step,
    sky, out,
):  # fmt: skip
    """Fill in the light that each pixel gets, shape (h, w, 3)."""
    high, wide = shown.shape
    colour = np.zeros(3)
    other = np.zeros(3)
    maps = sun_map.shape[0]
    pixel = 1 / focal
    ray_x, ray_y, ray_z = 0.0, 0.0, 0.0
    for y in range(high):
        for x in range(wide):
            at = shown[y, x]
            if at < 0:
                for channel in range(3):
                    out[y, x, channel] = sky[y, x, channel]
                continue
            z = depth[y, x]
            left, down = (x - (wide - 1) / 2) / focal, (y - (high - 1) / 2) / focal
            ray_x = left * axes[0, 0] + down * axes[1, 0] + axes[2, 0]
            ray_y = left * axes[0, 1] + down * axes[1, 1] + axes[2, 1]
            ray_z = left * axes[0, 2] + down * axes[1, 2] + axes[2, 2]
            px = eye[0] + z * ray_x
            py = eye[1] + z * ray_y
            pz = eye[2] + z * ray_z
            # Place inside the triangle, by its two edges.
            qx, qy, qz = px - corners[at, 0], py - corners[at, 1], pz - corners[at, 2]
            e = edges[at]
            d1 = qx * e[0, 0] + qy * e[0, 1] + qz * e[0, 2]
            d2 = qx * e[1, 0] + qy * e[1, 1] + qz * e[1, 2]
            g11 = e[0, 0] ** 2 + e[0, 1] ** 2 + e[0, 2] ** 2
            g22 = e[1, 0] ** 2 + e[1, 1] ** 2 + e[1, 2] ** 2
            g12 = e[0, 0] * e[1, 0] + e[0, 1] * e[1, 1] + e[0, 2] * e[1, 2]
            part = g11 * g22 - g12 * g12
            if part < 1e-18:
                part = 1e-18
            v = (g22 * d1 - g12 * d2) / part
            w = (g11 * d2 - g12 * d1) / part
            u = 1 - v - w
            nx = u * normals[at, 0, 0] + v * normals[at, 1, 0] + w * normals[at, 2, 0]
            ny = u * normals[at, 0, 1] + v * normals[at, 1, 1] + w * normals[at, 2, 1]
            nz = u * normals[at, 0, 2] + v * normals[at, 1, 2] + w * normals[at, 2, 2]
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
            nx, ny, nz = nx / length, ny / length, nz / length
            seen = nx * ray_x + ny * ray_y + nz * ray_z
            ray = np.sqrt(ray_x**2 + ray_y**2 + ray_z**2)
            if seen > 0:
                nx, ny, nz, seen = -nx, -ny, -nz, -seen
            s = u * uv[at, 0, 0] + v * uv[at, 1, 0] + w * uv[at, 2, 0]
            t = u * uv[at, 0, 1] + v * uv[at, 1, 1] + w * uv[at, 2, 1]
            slant = max(0.15, -seen / ray)
            fine = np.log2(max(1.0, z * pixel * density[at] / np.sqrt(slant)))
            most = levels[texture[at]] - 1
            fine = min(fine, float(most))
            level = int(fine)
            fetch(texels, linear, offsets, texture[at], level, s, t, colour)
            if level < most:
                share = fine - level
                fetch(texels, linear, offsets, texture[at], level + 1, s, t, other)
                for channel in range(3):
                    colour[channel] = (1 - share) * colour[channel] + share * other[channel]
            facing = nx * sun[0] + ny * sun[1] + nz * sun[2]
            lit = 0.0
            if facing > 0:
                ox, oy, oz = px + 0.04 * nx, py + 0.04 * ny, pz + 0.04 * nz
                sx = (
                    ox * sun_axes[0, 0] + oy * sun_axes[0, 1] + oz * sun_axes[0, 2] - sun_from[0]
                ) / sun_step
                sy = (
                    ox * sun_axes[1, 0] + oy * sun_axes[1, 1] + oz * sun_axes[1, 2] - sun_from[1]
                ) / sun_step
                sz = ox * sun_axes[2, 0] + oy * sun_axes[2, 1] + oz * sun_axes[2, 2] - sun_from[2]
                x0, y0 = int(np.floor(sx)), int(np.floor(sy))
                for dy in range(2):
                    for dx in range(2):
                        share = (sx - x0 if dx else 1 - sx + x0) * (sy - y0 if dy else 1 - sy + y0)
                        mx, my = x0 + dx, y0 + dy
                        if (
                            mx < 0
                            or my < 0
                            or mx >= maps
                            or my >= maps
                            or sun_map[my, mx] > sz - 0.06
                        ):
                            lit += share
            air = np.exp(-z * ray / haze_m)
            for channel in range(3):
                light = (
                    skylight[channel] * (0.7 + 0.3 * nz)
                    + max(facing, 0.0) * lit * sunlight[channel]
                )
                out[y, x, channel] = colour[channel] * light * air + haze[channel] * (1 - air)
