#!/bin/bash
# Packs a machine's RAM disk: busybox, Node, the drivers for USB-MIDI, and an app folder as /app.
# usage: make-initrd.sh KERNEL-FOLDER APP-FOLDER OUT
set -euo pipefail
kernel=$1 app=$2 out=$3
here=$(dirname "$(realpath "$0")")
node=$(realpath "$(command -v node)")
version=$(ls "$kernel/lib/modules")
disk=$(mktemp -d)
trap 'rm -rf "$disk"' EXIT

mkdir -p "$disk"/{bin,proc,sys,dev,tmp,usr/bin,usr/share,app,drivers}
cp /bin/busybox "$disk/bin/"
cp "$node" "$disk/usr/bin/node"
cp -r /usr/share/alsa "$disk/usr/share/"
cp "$here/guest-init.sh" "$disk/init"
cp "$here/usb-keyboard.sh" "$disk/bin/usb-keyboard"
chmod +x "$disk/init" "$disk/bin/usb-keyboard"
cp -r "$app/." "$disk/app/"

# Every shared library that Node and the native addons need, at its own place
mapfile -t addons < <(find "$app" -path '*linux-x64*' -name '*.node')
ldd "$node" "${addons[@]}" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$disk$(dirname "$library")"
  cp -L "$library" "$disk$library"
done

# The drivers, in the order in which they depend on each other
[ -f "$kernel/lib/modules/$version/modules.dep.bin" ] || depmod -b "$kernel" "$version"
for driver in snd-seq-midi snd-seq udc-core dummy_hcd libcomposite usb_f_midi snd-usb-audio virtio_pci virtio_net; do
  modprobe -d "$kernel" -S "$version" --show-depends "$driver"
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' | while read -r file; do
  cp "$file" "$disk/drivers/"
  basename "$file" >>"$disk/drivers/order"
done

(cd "$disk" && find . | cpio -o -H newc --quiet | gzip -1 >"$out")
