#!/bin/busybox sh
# First process of the machine: mounts, loads drivers, brings up the network, runs /app/guest.sh, says its exit code, powers off.
/bin/busybox --install -s /bin
export HOME=/tmp PATH=/bin:/usr/bin NO_COLOR=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
while read -r driver; do
  case $driver in
  dummy_hcd.ko*) insmod "/drivers/$driver" num=2 ;;
  *) insmod "/drivers/$driver" ;;
  esac
done </drivers/order
mount -t configfs config /sys/kernel/config
ip link set lo up
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0
cd /app && sh /app/guest.sh
echo "GUEST-EXIT $?"
poweroff -f
