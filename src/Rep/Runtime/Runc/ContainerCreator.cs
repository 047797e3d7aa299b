using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Makes a container. What does not depend on each other goes side by side: the image with the network namespace, then the
/// plugins with runc, because the namespace is enough for runc and its address is not needed before the first process.
/// </summary>
internal sealed class ContainerCreator(CellMachine machine)
{
    /// <summary>The caller destroys what is there when this throws.</summary>
    public async Task<ContainerRecord> CreateAsync(ContainerSpec spec, ContainerPaths paths, CancellationToken cancellation)
    {
        CheckMounts(spec);
        Directory.CreateDirectory(paths.Root);
        var record = new ContainerRecord { Spec = spec, CreatedAt = machine.Time.GetUtcNow() };
        Write(paths, record);

        // Ports are written down before the plugins hear of them, so that they can be taken back after a crash in between.
        var ports = machine.Network.Ports.Take(spec.Ports.Count, paths.Root);
        record = record with { Ports = [.. spec.Ports.Zip(ports, (container, host) => new PortMapping(container, host))] };
        Write(paths, record);

        var network = machine.Network.CreateNamespaceAsync(spec.Handle);
        using var image = await AfterBothAsync(machine.Images.PrepareAsync(spec.RootFs, cancellation), network);
        record = record with { LayerKeys = image.Image.LayerKeys, Image = image.Image.Defaults };
        Write(paths, record);
        foreach (var directory in (string[])[paths.RootFs, paths.Upper, paths.Work, paths.Processes]) Directory.CreateDirectory(directory);
        await Mounts.OverlayAsync(image.Image.LowerRoot, image.Image.Lower, paths.Upper, paths.Work, paths.RootFs);

        var hostname = spec.Hostname ?? spec.Handle[..Math.Min(12, spec.Handle.Length)];
        WriteFiles(spec, paths, hostname);

        var attached = machine.Network.AttachAsync(spec.Handle, record.Ports, cancellation);
        var init = await AfterBothAsync(RunAsync(spec.Handle, paths, cancellation), attached);
        var address = await attached;
        await File.AppendAllTextAsync(paths.Hosts, EtcFiles.HostLine(address.Address, hostname), cancellation);

        record = record with { Complete = true, Address = address.Address.ToString(), Init = init };
        Write(paths, record);
        return record;
    }

    private static void CheckMounts(ContainerSpec spec)
    {
        foreach (var mount in spec.Mounts)
        {
            if (!Path.Exists(mount.Source)) throw DomainError.Invalid("mounts", $"source {mount.Source} must exist on the cell").ToException();
        }
    }

    /// <summary>Both are over when this returns or throws, so nobody goes on making what somebody else is taking away.</summary>
    private static async Task<T> AfterBothAsync<T>(Task<T> first, Task second)
    {
        await Task.WhenAll(first, second).Ended();
        if (second.IsFaulted && first.IsCompletedSuccessfully && first.Result is IDisposable held) held.Dispose();
        if (first.IsFaulted) await first; // its reason is the more telling one
        await second;
        return await first;
    }

    private void WriteFiles(ContainerSpec spec, ContainerPaths paths, string hostname)
    {
        File.WriteAllText(paths.Hosts, EtcFiles.Hosts);
        File.WriteAllText(paths.HostName, hostname + "\n");
        File.WriteAllText(paths.ResolvConf, EtcFiles.ResolvConf(spec.DnsServers, HostResolvConf()));
        foreach (var file in (string[])[paths.Hosts, paths.HostName, paths.ResolvConf]) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var config = OciConfig.Build(spec, paths, hostname, machine.Busybox, machine.Network.NamespacePath(spec.Handle), machine.Seccomp, machine.DefencesOf(spec));
        File.WriteAllText(paths.Config, config.ToJsonString());
    }

    /// <summary>The second is where systemd-resolved keeps the servers behind its own on 127.0.0.53.</summary>
    private static IEnumerable<string> HostResolvConf() =>
        ((string[])["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]).Where(File.Exists).Select(File.ReadAllText);

    private async Task<ProcessIdentity> RunAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        var pidFile = Path.Combine(paths.Root, "init.pid");
        string[] arguments = ["--root", machine.Paths.Runc, "--log", paths.RuncLog, "--log-format", "json", "run", "--detach", "--bundle", paths.Root, "--pid-file", pidFile, handle];
        var exitCode = await machine.Commands.RunDetachedAsync(machine.Runc, arguments, paths.Root, new DetachedStreams(paths.RuncLog), cancellation);
        if (exitCode != 0) throw new ContainerRuntimeException($"runc could not start container {handle}: {RuncMessages.Read(paths.RuncLog)}");
        var pid = int.Parse(await File.ReadAllTextAsync(pidFile, cancellation), CultureInfo.InvariantCulture);
        return ProcessIdentity.Of(pid) ?? throw new ContainerRuntimeException($"the first process of container {handle} ended at once");
    }

    private static void Write(ContainerPaths paths, ContainerRecord record) => RecordFile.Write(paths.Record, record, RecordJson.Default.ContainerRecord);
}
