#!/bin/bash
# Boots Debian's stock kernel in an emulated machine with a real ALSA sequencer and USB-MIDI keyboards that can be plugged and unplugged,
# runs APP-FOLDER/guest.sh in it, and exits with its exit code. The machine reaches this one's 127.0.0.1 as 10.0.2.2.
# usage: run.sh APP-FOLDER        CACHE=FOLDER keeps the kernel, SECONDS_MAX ends a machine that hangs
set -euo pipefail
app=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
cache=${CACHE:-$here/../.cache/midi-vm}
mkdir -p "$cache"

if [ ! -d "$cache/kernel/lib/modules" ]; then
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
  if ! (cd "$cache" && apt-get download -qq -o APT::Sandbox::User=root "${package:?}" && dpkg -x linux-image-*.deb kernel.partial); then
    echo "run.sh: Debian's kernel package cannot be downloaded here (apt-get update, and the network, may be missing)" >&2
    exit 69
  fi
  rm "$cache"/linux-image-*.deb
  mv "$cache/kernel.partial" "$cache/kernel"
fi
bash "$here/make-initrd.sh" "$cache/kernel" "$app" "$cache/initrd.gz"

timeout "${SECONDS_MAX:-360}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults -display none -no-reboot \
  -serial stdio -netdev user,id=net0 -device virtio-net-pci,netdev=net0 \
  -kernel "$cache"/kernel/boot/vmlinuz-* -initrd "$cache/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr rdinit=/init" </dev/null | tr -d '\r' | tee "$cache/console.log" || true
code=$(sed -n 's/.*GUEST-EXIT \([0-9]*\).*/\1/p' "$cache/console.log" | tail -1)
exit "${code:-99}"
