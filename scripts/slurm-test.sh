#!/usr/bin/env bash
# Run a command against a Slurm of one machine: scripts/slurm-test.sh COMMAND [ARGUMENT…]
#
# munged, slurmctld and three slurmd are started from the system's packages in a temporary folder, and ended
# by their process ids when the command has. They touch nothing of a Slurm that the machine may have.
# Needs root (slurmd starts jobs), and on Debian the packages slurm-wlm and munge.
#
# The partitions, each for what is to be tried on it:
#   test    the default; its node has all cores
#   spare   one core, which jobs in urgent take away: the task goes back into the queue
#   loose   the same, but the task is cancelled
#   urgent  see above
#   frail   one core on a node of its own, to be taken down
# AVSC_SLURM_MEMORY=1 tells the command that a job that takes more memory than it asked for is killed, which
# needs control groups that can be written to.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT…]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "$0: a Slurm of one's own needs root" >&2; exit 3; }
for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || {
        echo "$0: there is no $program; apt-get install -y --no-install-recommends slurm-wlm munge" >&2
        exit 3
    }
done

dir=$(mktemp -d /tmp/slurm-test.XXXXXX)
chmod 755 "$dir"
mkdir -m 755 "$dir/munge" "$dir/state" "$dir/spool"
pids=()
groups=
finish() {
    # What a test that failed left behind: jobs outlive the daemons.
    if [ -n "${ready:-}" ]; then
        timeout 10 scancel -u "$(id -un)" || true
        for _ in $(seq 200); do [ -z "$(timeout 10 squeue -h 2>/dev/null)" ] && break; sleep 0.1; done
    fi
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[i]}" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -9 "$pid" 2>/dev/null || true
    done
    # What slurmd leaves of its control groups, from the inside out.
    if [ -n "$groups" ]; then
        for node in "${nodes[@]}"; do
            find "$groups/slurm_$node" -depth -type d -exec rmdir {} + 2>/dev/null || true
        done
    fi
    if [ -n "${KEEP_SLURM_LOGS:-}" ]; then echo "logs are kept in $dir" >&2; else rm -rf "$dir"; fi
}
trap finish EXIT

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
host=$(hostname -s)
cores=$(nproc)
# Names of our own, since slurmd names its control groups after them.
nodes=("main$$" "shared$$" "frail$$")
task_plugin=task/none
if mkdir "/sys/fs/cgroup/memory/slurm_${nodes[0]}" 2>/dev/null; then
    groups=/sys/fs/cgroup/memory
    task_plugin=task/cgroup
    cat >"$dir/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
CgroupAutomount=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
CONF
fi
cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(port)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmdParameters=config_overrides
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=$task_plugin
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=2000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=sched_interval=1,batch_sched_delay=0,requeue_delay=0
ReturnToService=2
MaxArraySize=5
KillWait=5
MinJobAge=600
OverTimeLimit=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=${nodes[0]} NodeHostname=$host NodeAddr=127.0.0.1 Port=$(port) CPUs=$cores CoresPerSocket=$cores RealMemory=100000
NodeName=${nodes[1]},${nodes[2]} NodeHostname=$host NodeAddr=127.0.0.1 Port=$(port),$(port) CPUs=1 RealMemory=100000
PartitionName=test Nodes=${nodes[0]} Default=YES MaxTime=INFINITE PreemptMode=OFF
PartitionName=spare Nodes=${nodes[1]} MaxTime=INFINITE PriorityTier=1
PartitionName=loose Nodes=${nodes[1]} MaxTime=INFINITE PriorityTier=1 PreemptMode=CANCEL
PartitionName=urgent Nodes=${nodes[1]} MaxTime=INFINITE PriorityTier=2 PreemptMode=OFF
PartitionName=frail Nodes=${nodes[2]} MaxTime=INFINITE PreemptMode=OFF
CONF
dd if=/dev/urandom of="$dir/munge/key" bs=128 count=1 status=none
chmod 600 "$dir/munge/key"
export SLURM_CONF=$dir/slurm.conf

munged --foreground --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" >"$dir/munged.out" 2>&1 &
pids+=($!)
for _ in $(seq 100); do [ -S "$dir/munge/socket" ] && break; sleep 0.1; done
slurmctld -D -c >"$dir/slurmctld.log" 2>&1 &
pids+=($!)
for node in "${nodes[@]}"; do
    mkdir "$dir/spool/$node"
    slurmd -D -N "$node" >"$dir/slurmd-$node.log" 2>&1 &
    pids+=($!)
done

for _ in $(seq 300); do
    [ "$(sinfo -h -N -o %T 2>/dev/null | sort -u)" = idle ] && ready=1 && break
    sleep 0.1
done
if [ -z "${ready:-}" ]; then
    echo "$0: Slurm does not come up:" >&2
    tail -n 20 "$dir"/munge/log "$dir"/munged.out "$dir"/slurmctld.log "$dir"/slurmd-*.log >&2
    exit 1
fi
AVSC_SLURM=1 AVSC_SLURM_MEMORY=${groups:+1} "$@"
