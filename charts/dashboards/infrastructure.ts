import { CLUSTER, NAMESPACE, SCOPE } from './model.ts';
import type { Dashboard, Row } from './model.ts';

/** Nodes belong to no namespace. */
const NODES = 'cluster=~"$cluster"';
/** Not the interfaces that pods and bridges have. */
const INTERFACES = `${ NODES }, device!~"lo|veth.*|cali.*|flannel.*|cni.*|docker.*|br-.*"`;
/** Not what only lives in memory, and none twice. */
const FILESYSTEMS = `${ NODES }, fstype!~"tmpfs|overlay|squashfs|ramfs", mountpoint!~"/var/lib/(kubelet|containerd|rancher)/.+"`;

const nodes: Row = {
  title: 'Nodes: CPU and memory',
  panels: [
    { title: 'CPU', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.7, severity: 'warning' }, description: 'Busy share of each node\'s cores.', queries: [{ expr: `1 - avg by (instance) (rate(node_cpu_seconds_total{${ NODES }, mode="idle"}[$__rate_interval]))`, legend: '{{instance}}' }] },
    { title: 'Memory', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.8, severity: 'warning' }, description: 'Used share of each node\'s memory; what can be given back does not count.', queries: [{ expr: `1 - node_memory_MemAvailable_bytes{${ NODES }} / node_memory_MemTotal_bytes{${ NODES }}`, legend: '{{instance}}' }] },
    { title: 'Requested CPU', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.95, severity: 'warning' }, description: 'Of what each node can allot. At 100 % no further pod fits, however idle it is.', queries: [{ expr: `sum by (node) (kube_pod_container_resource_requests{${ NODES }, resource="cpu"}) / sum by (node) (kube_node_status_allocatable{${ NODES }, resource="cpu"})`, legend: '{{node}}' }] },
    { title: 'Requested memory', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.95, severity: 'warning' }, description: 'Of what each node can allot.', queries: [{ expr: `sum by (node) (kube_pod_container_resource_requests{${ NODES }, resource="memory"}) / sum by (node) (kube_node_status_allocatable{${ NODES }, resource="memory"})`, legend: '{{node}}' }] },
    { title: 'Nodes', kind: 'timeseries', unit: 'short', width: 12, description: 'Nodes, and those of them that are ready: pools that grow show here.', queries: [{ expr: `count(max by (node) (kube_node_info{${ NODES }}))`, legend: 'nodes' }, { expr: `sum(max by (node) (kube_node_status_condition{${ NODES }, condition="Ready", status="true"}))`, legend: 'ready' }] },
    { title: 'Load', kind: 'timeseries', unit: 'short', width: 12, description: 'Processes that run or wait, per core. Above 1 they wait.', limit: { value: 1, severity: 'warning' }, queries: [{ expr: `node_load5{${ NODES }} / on (instance) count by (instance) (node_cpu_seconds_total{${ NODES }, mode="idle"})`, legend: '{{instance}}' }] },
  ],
};

const network: Row = {
  title: 'Network',
  panels: [
    { title: 'Received', kind: 'timeseries', unit: 'Bps', width: 8, description: 'By node.', queries: [{ expr: `sum by (instance) (rate(node_network_receive_bytes_total{${ INTERFACES }}[$__rate_interval]))`, legend: '{{instance}}' }] },
    { title: 'Sent', kind: 'timeseries', unit: 'Bps', width: 8, description: 'By node.', queries: [{ expr: `sum by (instance) (rate(node_network_transmit_bytes_total{${ INTERFACES }}[$__rate_interval]))`, legend: '{{instance}}' }] },
    { title: 'Dropped', kind: 'timeseries', unit: 'ops', width: 8, description: 'Packets per second that were dropped in either direction.', queries: [{ expr: `sum by (instance) (rate(node_network_receive_drop_total{${ INTERFACES }}[$__rate_interval]) + rate(node_network_transmit_drop_total{${ INTERFACES }}[$__rate_interval]))`, legend: '{{instance}}' }] },
  ],
};

const disk: Row = {
  title: 'Disk',
  panels: [
    { title: 'Space used', kind: 'timeseries', unit: 'percentunit', width: 8, limit: { value: 0.85, severity: 'warning' }, description: 'The fullest file system of each node. From about 85 % on the kubelet removes images, then pods.', queries: [{ expr: `max by (instance) (1 - node_filesystem_avail_bytes{${ FILESYSTEMS }} / node_filesystem_size_bytes{${ FILESYSTEMS }})`, legend: '{{instance}}' }] },
    { title: 'Throughput', kind: 'timeseries', unit: 'Bps', width: 8, description: 'Read and written, by node.', queries: [{ expr: `sum by (instance) (rate(node_disk_read_bytes_total{${ NODES }}[$__rate_interval]))`, legend: '{{instance}} read' }, { expr: `sum by (instance) (rate(node_disk_written_bytes_total{${ NODES }}[$__rate_interval]))`, legend: '{{instance}} written' }] },
    { title: 'Busy', kind: 'timeseries', unit: 'percentunit', width: 8, limit: { value: 0.9, severity: 'warning' }, description: 'Share of time in which the busiest disk of each node had work.', queries: [{ expr: `max by (instance) (rate(node_disk_io_time_seconds_total{${ NODES }}[$__rate_interval]))`, legend: '{{instance}}' }] },
  ],
};

const pods: Row = {
  title: 'Pod distribution',
  panels: [
    { title: 'Pods by node', kind: 'timeseries', unit: 'short', width: 12, stacked: true, description: 'Of the namespace. Services spread over nodes: one that carries most of them is a risk.', queries: [{ expr: `count by (node) (max by (node, pod) (kube_pod_info{${ SCOPE }, node!=""}))`, legend: '{{node}}' }] },
    { title: 'Pods by phase', kind: 'timeseries', unit: 'short', width: 12, stacked: true, description: 'Pending for long: no node has room, or the quota is used up.', queries: [{ expr: `sum by (phase) (max by (phase, pod) (kube_pod_status_phase{${ SCOPE }}))`, legend: '{{phase}}' }] },
    { title: 'CPU by service', kind: 'timeseries', unit: 'cores', width: 12, stacked: true, description: 'Cores in use; each container is named like its service.', queries: [{ expr: `sum by (container) (rate(container_cpu_usage_seconds_total{${ SCOPE }, container!=""}[$__rate_interval]))`, legend: '{{container}}' }] },
    { title: 'Memory by service', kind: 'timeseries', unit: 'bytes', width: 12, stacked: true, description: 'Working set: what the kubelet judges by.', queries: [{ expr: `sum by (container) (container_memory_working_set_bytes{${ SCOPE }, container!=""})`, legend: '{{container}}' }] },
    { title: 'CPU of the requests', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.7, severity: 'warning' }, description: 'Autoscalers aim at 70 %.', queries: [{ expr: `sum by (container) (rate(container_cpu_usage_seconds_total{${ SCOPE }, container!=""}[$__rate_interval])) / sum by (container) (max by (container, pod) (kube_pod_container_resource_requests{${ SCOPE }, resource="cpu"}))`, legend: '{{container}}' }] },
    { title: 'Throttled', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.25, severity: 'warning' }, description: 'Share of periods in which a container was stopped at its CPU limit: latency that no average shows.', queries: [{ expr: `sum by (container) (rate(container_cpu_cfs_throttled_periods_total{${ SCOPE }, container!=""}[$__rate_interval])) / sum by (container) (rate(container_cpu_cfs_periods_total{${ SCOPE }, container!=""}[$__rate_interval]))`, legend: '{{container}}' }] },
    { title: 'Quota used', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.9, severity: 'warning' }, description: 'Of the namespace\'s ResourceQuota. At 100 % no pod is admitted.', queries: [{ expr: `max by (resource) (kube_resourcequota{${ SCOPE }, type="used"}) / (max by (resource) (kube_resourcequota{${ SCOPE }, type="hard"}) > 0)`, legend: '{{resource}}' }] },
    { title: 'Restarts', kind: 'timeseries', unit: 'short', width: 12, description: 'Of containers, within an hour.', queries: [{ expr: `sum by (container) (increase(kube_pod_container_status_restarts_total{${ SCOPE }}[1h])) > 0`, legend: '{{container}}' }] },
  ],
};

export const infrastructure: Dashboard = {
  uid: 'tartware-infrastructure',
  title: 'Tartware Infrastructure',
  description: 'Nodes, network, disks, and where the platform\'s pods are.',
  variables: [CLUSTER, NAMESPACE],
  rows: [nodes, network, disk, pods],
};
