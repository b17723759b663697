"""The colour table vik: blue, white, red-brown; its ends stay apart for colour-blind eyes (ΔE 75 for deuteranopes).

By Fabio Crameri, Scientific colour maps (doi:10.5281/zenodo.1243862), used under this licence:

    MIT License. Copyright (c) 2020 Fabio Crameri.

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
    documentation files (the "Software"), to deal in the Software without restriction, including without
    limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the
    Software, and to permit persons to whom the Software is furnished to do so, subject to the following
    conditions: The above copyright notice and this permission notice shall be included in all copies or
    substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS
    OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE
    AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR
    OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
    WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

from __future__ import annotations

_TABLE = (
    "001261011462011563011764011865011a66021c67021d68021f6902206a02226b02236c02256d02276e02286f022a70"
    "022b71022d72022e7302307402317502337602347702367802377902397a023a7b033c7c033e7d033f7e03417f034280"
    "034481034582034783034984034a85044c86044d87044f8805518905528a06548b06568c07578d08598f095b900b5d91"
    "0c5e920e6093106294116496136697156798176999196b9a1c6d9c1e6f9d20719e2373a02575a12877a22b79a42d7ba5"
    "307da6337fa83681a93983ab3c85ac3f87ad4289af458bb0488db24b90b34e92b45194b65496b75798b95a9aba5d9cbb"
    "619ebd64a0be67a2c06aa4c16da6c271a8c474aac577acc67aaec87db0c980b2ca84b4cc87b6cd8ab8ce8dbad090bcd1"
    "94bed297c0d49ac2d59dc4d6a0c5d8a3c7d9a7c9daaacbdcadcdddb0cfdeb3d1dfb6d3e1bad5e2bdd6e3c0d8e4c3dae5"
    "c6dbe6c9dde7ccdfe8cfe0e8d2e1e9d5e3e9d8e4e9dbe5e9dee6e9e0e6e9e2e7e8e5e7e8e7e7e7e8e7e5eae6e4ebe6e2"
    "ece5e0ede4deeee3dceee1daeee0d8eeded5eeddd3eedbd0eed9cdedd7cbedd5c8ecd3c5ecd1c3ebd0c0eacebde9ccba"
    "e9cab8e8c8b5e7c6b2e6c4b0e5c1ade4bfaae4bea8e3bca5e2baa2e1b8a0e0b69ddfb49adfb298deb095ddae93dcac90"
    "dbaa8ddba88bdaa688d9a486d8a283d7a081d69f7ed69d7cd59b79d49977d39774d39572d29470d1926dd0906bcf8e68"
    "cf8c66ce8b64cd8961cc875fcc855dcb835aca8258c98056c97e53c87c51c77b4fc6794cc6774ac57548c47445c37243"
    "c27041c26e3fc16d3cc06b3abf6938be6736be6533bd6431bc622fbb602dba5e2ab85c28b75a26b65824b55521b3531f"
    "b2511db04f1baf4c18ad4a16ab4814a94512a74310a5400fa33e0da13c0b9f390a9c37099a3508983307963107942f06"
    "912d068f2b068d29068b2706892606872406852206832106811f067f1e067e1d067c1b067a1a06781806761706741506"
    "7314067113076f11076d10076c0e076a0d07680c07670a076509076307076206076004085e03085d02085b0108590008"
)

VIK: tuple[tuple[int, int, int], ...] = tuple(
    (int(_TABLE[i : i + 2], 16), int(_TABLE[i + 2 : i + 4], 16), int(_TABLE[i + 4 : i + 6], 16))
    for i in range(0, len(_TABLE), 6)
)
"""256 colours (red, green, blue), 0 to 255, from the most negative to the most positive."""
