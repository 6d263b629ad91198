#!/bin/sh
# An emulated USB-MIDI keyboard: the kernel's own gadget driver on one side, its own USB-MIDI driver on the other.
# usage: usb-keyboard.sh make N "Product name" | plug N | unplug N        N from 0
set -e
gadget=/sys/kernel/config/usb_gadget/keyboard$2
case $1 in
make)
  mkdir -p "$gadget/strings/0x409" "$gadget/functions/midi.usb$2" "$gadget/configs/c.1/strings/0x409"
  echo 0x07cf >"$gadget/idVendor"
  echo 0x6803 >"$gadget/idProduct"
  echo CASIO >"$gadget/strings/0x409/manufacturer"
  echo "$3" >"$gadget/strings/0x409/product"
  echo "SN$2" >"$gadget/strings/0x409/serialnumber"
  echo "keys$2" >"$gadget/functions/midi.usb$2/id"
  echo midi >"$gadget/configs/c.1/strings/0x409/configuration"
  ln -s "$gadget/functions/midi.usb$2" "$gadget/configs/c.1/"
  ;;
plug) echo "dummy_udc.$2" >"$gadget/UDC" ;;
unplug) echo >"$gadget/UDC" ;;
*)
  echo "usb-keyboard.sh: make, plug or unplug, not '$1'" >&2
  exit 64
  ;;
esac
