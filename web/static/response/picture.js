// 地图图片: the drawing becomes a PNG, with the fonts of whoever looks at it, so that a long press or the share sheet sends it.
const box = document.getElementById("picture");
const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
const part = (name) => document.querySelector(`[data-does=${name}]`);

async function drawn() {
  const drawing = new XMLSerializer().serializeToString(box.querySelector("svg"));
  const source = URL.createObjectURL(new Blob([drawing], { type: "image/svg+xml;charset=utf-8" }));
  try {
    const image = new Image(width, height);
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("empty"))), "image/png"));
  } finally {
    URL.revokeObjectURL(source);
  }
}

async function show() {
  const blob = await drawn();
  const shown = Object.assign(new Image(width, height), { src: URL.createObjectURL(blob), alt: box.querySelector("svg").getAttribute("aria-label") });
  await shown.decode();
  box.replaceChildren(shown);
  part("save").href = shown.src;
  part("save").hidden = false;
  const file = new File([blob], box.dataset.name, { type: "image/png" });
  if (navigator.canShare?.({ files: [file] })) {
    part("share").hidden = false;
    // Whoever closes the share sheet has changed their mind.
    part("share").addEventListener("click", () => navigator.share({ files: [file] }).catch(() => {}));
  }
  document.querySelector("[data-shows=how]").textContent = box.dataset.ready;
}

show().catch(() => (document.querySelector("[data-shows=how]").textContent = box.dataset.failed));
