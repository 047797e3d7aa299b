using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Rep;

namespace Scheduler.Cli.Services;

/// <summary>
/// Runs many simulated cells in one process, for fleets larger than the available machines. To other components, each is a normal cell with
/// its own name, presence, listener, connections and addresses.
/// </summary>
internal static class SimulatedCells
{
    /// <summary>
    /// Each cell needs a listener and two connections; more cells would approach the usual limits of ports and open files.
    /// </summary>
    public const int Most = 1_000;

    private const string Name = "cells";

    // Starting a cell is CPU-bound: starting all at once would only make all of them announce themselves late.
    private const int StartedAtOnce = 4;

    /// <summary>The cells of the process: <c>PREFIX-1</c>, <c>PREFIX-2</c> …, on consecutive ports.</summary>
    /// <exception cref="DomainException">A setting cannot be the first of a sequence; the message names it.</exception>
    public static IReadOnlyList<ComponentOptions> Spread(ComponentOptions component, string prefix, int count)
    {
        if (component.AdvertiseUrl is not null)
            throw DomainError.Invalid("advertise", "cannot be combined with several --cells, each of which has its own URL").ToException();
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(number =>
                    component with
                    {
                        Name = $"{prefix}-{number + 1}",
                        Listen = ListenOf(component.Listen!, number),
                        // The first cell reports for all.
                        OpsListen = number == 0 ? component.OpsListen : null,
                    }
                ),
        ];
    }

    /// <summary>
    /// Consecutive addresses. Simulated cells allocate ports independently, like separate machines, so each needs its own address.
    /// </summary>
    /// <exception cref="DomainException">The address cannot be the first of a sequence.</exception>
    public static IReadOnlyList<string> Addresses(string first, int count)
    {
        if (!IPAddress.TryParse(first, out var address) || address.AddressFamily != AddressFamily.InterNetwork)
            throw DomainError
                .Invalid("advertise-address", "must be an IPv4 address, the first of consecutive ones for several --cells")
                .ToException();
        var value = BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        if (value > uint.MaxValue - (uint)count)
            throw DomainError.Invalid("advertise-address", $"leaves no room for {count} consecutive addresses").ToException();
        return [.. Enumerable.Range(0, count).Select(number => Text(value + (uint)number))];

        static string Text(uint value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            return new IPAddress(bytes).ToString();
        }
    }

    /// <summary>Runs the cells until the process is asked to stop, or until one of them ends.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<(CellSetup Setup, ComponentOptions Component)> cells,
        IReadOnlyList<string> bbsUrls,
        CancellationToken cancellationToken
    )
    {
        var hosts = cells
            .Select(cell => ComponentHost.Build(cell.Component, services => cell.Setup.AddTo(services, bbsUrls), app => app.MapRep()))
            .ToList();
        try
        {
            ReadyTogether(hosts);
            await Parallel.ForEachAsync(
                hosts,
                new ParallelOptions { MaxDegreeOfParallelism = StartedAtOnce, CancellationToken = cancellationToken },
                async (host, stopping) => await host.StartAsync(stopping)
            );
            await FirstToEndAsync(hosts, cancellationToken);
            foreach (var host in hosts)
                ServiceRunner.ThrowIfFailed(host);
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }

        return ExitCodes.Ok;
    }

    private static string ListenOf(string listen, int number)
    {
        if (ListenAddress.Parse(listen, "listen").EndPoint is not { } first)
            throw DomainError
                .Invalid("listen", "must be ADDRESS:PORT, with the first of consecutive ports for several --cells")
                .ToException();
        if (first.Port == 0)
            return listen;
        if (first.Port + number > IPEndPoint.MaxPort)
            throw DomainError.Invalid("listen", $"leaves no port for cell number {number + 1}; port 0 picks free ports").ToException();
        return new IPEndPoint(first.Address, first.Port + number).ToString();
    }

    private static void ReadyTogether(IReadOnlyList<ComponentHost> hosts)
    {
        // A cell registers what it waits for when it is created.
        foreach (var host in hosts)
            host.Services.GetRequiredService<CellHost>();
        var together = hosts[0].Services.GetRequiredService<Readiness>();
        var others = hosts.Skip(1).Select(host => host.Services.GetRequiredService<Readiness>()).ToList();
        var gate = new Lock();
        foreach (var other in others)
            other.Changed += Look;
        Look();

        void Look()
        {
            lock (gate)
            {
                var waiting = others.Count(other => !other.IsReady);
                if (waiting > 0)
                    together.WaitFor(Name, $"{waiting} of {hosts.Count} are not ready");
                else
                    together.Done(Name);
            }
        }
    }

    private static async Task FirstToEndAsync(IReadOnlyList<ComponentHost> hosts, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var registrations = hosts.Select(host => host.Stopping.Register(() => ended.TrySetResult())).ToList();
        registrations.Add(cancellationToken.Register(() => ended.TrySetResult()));
        await ended.Task;
        foreach (var registration in registrations)
            await registration.DisposeAsync();
    }
}
