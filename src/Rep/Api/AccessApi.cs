using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep.Access;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Api;

/// <summary>The gRPC service through which clients reach into a cell's containers.</summary>
internal sealed class AccessApi(CellHost host, IContainerRuntime runtime, TimeProvider time, ILogger<AccessApi> logger)
    : InstanceAccess.InstanceAccessBase
{
    private const int MostMeasured = 1_000;

    /// <summary>A caller that opens a call says at once what it is about.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    private readonly AccessLimit _sessions = new(
        "commands and copies of clients",
        host.Options.MaxSessionsPerContainer,
        Name(nameof(RepOptions.MaxSessionsPerContainer)),
        host.Options.MaxSessions,
        Name(nameof(RepOptions.MaxSessions))
    );

    private readonly AccessLimit _forwards = new(
        "forwarded connections",
        host.Options.MaxForwardsPerContainer,
        Name(nameof(RepOptions.MaxForwardsPerContainer)),
        host.Options.MaxForwards,
        Name(nameof(RepOptions.MaxForwards))
    );

    public override Task Exec(
        IAsyncStreamReader<ExecRequest> requestStream,
        IServerStreamWriter<ExecResponse> responseStream,
        ServerCallContext context
    ) =>
        CallAsync(
            "Exec",
            context,
            async (node, idle, ending) =>
            {
                var requests = new Requests<ExecRequest>(requestStream);
                var start = await StartAsync(requests, request => request.Start, ending);
                if (start.Path.Length == 0)
                    throw DomainError.Invalid("path", "must name the program to run").ToException();
                var terminal = start.Terminal is { } size ? ExecCall.SizeOf(size) : null as TerminalSize?;
                var (subject, container) = await FindAsync(node, start.ContainerGuid, ending);
                var like = WorkProcess.Like(subject.Work, container, host.Options.AdvertiseAddress);
                var spec = like with
                {
                    Path = start.Path,
                    Args = [.. start.Args],
                    User = start.User.Length > 0 ? start.User : like.User,
                    Dir = start.Dir.Length > 0 ? start.Dir : like.Dir,
                    Environment =
                    [
                        .. like.Environment,
                        .. start.Env.Select(variable => new Runtime.EnvironmentVariable(variable.Name, variable.Value)),
                    ],
                };
                using var place = _sessions.Enter(subject.ContainerGuid, subject.Name);
                Tell(
                    context,
                    "runs a command in",
                    subject,
                    $"{string.Join(' ', start.Args.Prepend(start.Path))} (user {UserOf(spec)}{(terminal is null ? "" : ", terminal")})"
                );
                await using var process = await AttachAsync(subject, spec, terminal, ending);
                await new ExecCall(process, requests, new Responses<ExecResponse>(responseStream, time), idle).RunAsync(
                    start.Input,
                    ending
                );
            }
        );

    public override Task CopyOut(CopyOutRequest request, IServerStreamWriter<CopyOutResponse> responseStream, ServerCallContext context) =>
        CallAsync(
            "CopyOut",
            context,
            async (node, idle, ending) =>
            {
                RequestFields.Require(request);
                CopyScripts.RequireAbsolute(request.Path);
                var (subject, like) = await CopierAsync(node, request.ContainerGuid, request.User, ending);
                using var place = _sessions.Enter(subject.ContainerGuid, subject.Name);
                Tell(context, "copies out of", subject, $"{request.Path} (user {UserOf(like)})");
                await using var process = await AttachAsync(subject, CopyScripts.Reader(like, runtime.Busybox, request.Path), null, ending);
                var copy = new CopyProcess(process, subject.Name, request.Path, host.Options.MaxCopyBytes);
                await CopyCalls.OutAsync(process, copy, new Responses<CopyOutResponse>(responseStream, time), idle, ending);
            }
        );

    public override Task CopyIn(
        IAsyncStreamReader<CopyInRequest> requestStream,
        IServerStreamWriter<CopyInResponse> responseStream,
        ServerCallContext context
    ) =>
        CallAsync(
            "CopyIn",
            context,
            async (node, idle, ending) =>
            {
                var requests = new Requests<CopyInRequest>(requestStream);
                var start = await StartAsync(requests, request => request.Start, ending);
                CopyScripts.RequireAbsolute(start.Path);
                var (subject, like) = await CopierAsync(node, start.ContainerGuid, start.User, ending);
                using var place = _sessions.Enter(subject.ContainerGuid, subject.Name);
                Tell(context, "copies into", subject, $"{start.Path} (user {UserOf(like)})");
                await using var process = await AttachAsync(subject, CopyScripts.Writer(like, runtime.Busybox, start.Path), null, ending);
                var copy = new CopyProcess(process, subject.Name, start.Path, host.Options.MaxCopyBytes);
                await CopyCalls.InAsync(process, copy, requests, new Responses<CopyInResponse>(responseStream, time), idle, ending);
            }
        );

    public override Task Forward(
        IAsyncStreamReader<ForwardRequest> requestStream,
        IServerStreamWriter<ForwardResponse> responseStream,
        ServerCallContext context
    ) =>
        CallAsync(
            "Forward",
            context,
            async (node, idle, ending) =>
            {
                var requests = new Requests<ForwardRequest>(requestStream);
                var start = await StartAsync(requests, request => request.Start, ending);
                if (start.Port is < 1 or > IPEndPoint.MaxPort)
                    throw DomainError.Invalid("port", $"must be from 1 to {IPEndPoint.MaxPort}").ToException();
                var (subject, container) = await FindAsync(node, start.ContainerGuid, ending);
                using var place = _forwards.Enter(subject.ContainerGuid, subject.Name);
                Tell(context, "connects to", subject, $"port {start.Port}");
                var target = $"port {start.Port} of {subject.Name}";
                using var socket = await ForwardCall.ConnectAsync(container, (int)start.Port, target, time, ending);
                await new ForwardCall(socket, target, requests, new Responses<ForwardResponse>(responseStream, time), idle).RunAsync(
                    ending
                );
            }
        );

    public override async Task<MeasureResponse> Measure(MeasureRequest request, ServerCallContext context)
    {
        var node = host.Node;
        node.Metrics.RequestStarted("Measure");
        var succeeded = false;
        try
        {
            RequestFields.Require(request);
            if (request.ContainerGuids.Count > MostMeasured)
                throw DomainError.Invalid("container_guids", $"must be at most {MostMeasured}").ToException();
            var response = new MeasureResponse();
            foreach (var guid in request.ContainerGuids.Distinct())
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                if (await UsageAsync(guid, context.CancellationToken) is { } usage)
                    response.Containers.Add(usage);
            }

            succeeded = true;
            return response;
        }
        finally
        {
            node.Metrics.RequestEnded("Measure", succeeded);
        }
    }

    private async Task<ContainerUsage?> UsageAsync(string guid, CancellationToken cancellation)
    {
        try
        {
            var metrics = await runtime.MetricsAsync(guid, cancellation);
            return new ContainerUsage
            {
                ContainerGuid = guid,
                MeasuredAt = UnixNanos.From(time.GetUtcNow()),
                CpuNs = metrics.Cpu.Ticks * TimeSpan.NanosecondsPerTick,
                MemoryBytes = metrics.MemoryBytes,
                MemoryLimitBytes = metrics.MemoryLimitBytes,
                DiskBytes = metrics.DiskBytes,
                DiskLimitBytes = metrics.DiskLimitBytes,
                ReceivedBytes = metrics.ReceivedBytes,
                SentBytes = metrics.SentBytes,
                Pids = metrics.Pids,
            };
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or DomainException or IOException)
        {
            return null; // it is not here, or is being destroyed
        }
    }

    /// <summary>Runs a call until it ends, its caller goes away, it is idle for too long or the cell shuts down.</summary>
    private async Task CallAsync(string type, ServerCallContext context, Func<CellNode, IdleLimit, CancellationToken, Task> call)
    {
        var node = host.Node;
        node.Metrics.RequestStarted(type);
        var succeeded = false;
        using var idle = new IdleLimit(host.Options.SessionIdleLimit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.Ending, idle.Expired);
        try
        {
            await call(node, idle, ending.Token);
            succeeded = true;
        }
        catch (Exception) when (idle.Expired.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new DomainError(
                ErrorKind.Timeout,
                $"no data passed for {Durations.Text(host.Options.SessionIdleLimit)} (--{Name(nameof(RepOptions.SessionIdleLimit))} of the cell)"
            ).ToException();
        }
        catch (Exception failure)
            when (failure is not DomainException
                && host.Ending.IsCancellationRequested
                && !context.CancellationToken.IsCancellationRequested
            )
        {
            // A cancelled read or write of the call fails in several ways.
            throw new DomainError(ErrorKind.Unavailable, "the cell is shutting down").ToException();
        }
        finally
        {
            node.Metrics.RequestEnded(type, succeeded);
        }
    }

    private async Task<TStart> StartAsync<TRequest, TStart>(
        Requests<TRequest> requests,
        Func<TRequest, TStart?> startOf,
        CancellationToken cancellation
    )
        where TRequest : class, IMessage
        where TStart : class
    {
        using var timer = new CancellationTokenSource(StartLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            return await requests.StartAsync(startOf, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DomainError(ErrorKind.Timeout, $"no request came within {StartLimit.TotalSeconds} s").ToException();
        }
    }

    private async Task<(AccessSubject Subject, ContainerInfo Container)> FindAsync(
        CellNode node,
        string containerGuid,
        CancellationToken cancellation
    )
    {
        var subject = await node.Cell.SubjectOfAsync(containerGuid);
        if (subject.Phase is ContainerPhase.Reserved or ContainerPhase.Initializing)
            throw NotRunning(subject, "its container is being created");
        if (subject.Phase == ContainerPhase.Completed)
            throw NotRunning(subject, "it has ended");
        return await runtime.GetAsync(containerGuid, cancellation) is { State: ContainerState.Ready } container
            ? (subject, container)
            : throw NotRunning(subject, "its container is gone");
    }

    private async Task<(AccessSubject Subject, ProcessSpec Like)> CopierAsync(
        CellNode node,
        string containerGuid,
        string user,
        CancellationToken cancellation
    )
    {
        var (subject, container) = await FindAsync(node, containerGuid, cancellation);
        var like = WorkProcess.Like(subject.Work, container, host.Options.AdvertiseAddress);
        // Of the work's variables a copy needs none, and some change how a program is loaded.
        return (subject, like with { Environment = [], User = user.Length > 0 ? user : like.User });
    }

    private async Task<IAttachedProcess> AttachAsync(
        AccessSubject subject,
        ProcessSpec spec,
        TerminalSize? terminal,
        CancellationToken cancellation
    )
    {
        try
        {
            return await runtime.AttachAsync(subject.ContainerGuid, spec, terminal, cancellation);
        }
        catch (ContainerRuntimeException failure)
        {
            var kind = failure is ProcessStartException { IsPermanent: true } ? ErrorKind.InvalidRequest : ErrorKind.InvalidStateTransition;
            throw new DomainException(
                new DomainError(kind, $"the command could not be started in {subject.Name}: {failure.Message}"),
                failure
            );
        }
    }

    private void Tell(ServerCallContext context, string action, AccessSubject subject, string detail)
    {
        var caller = PeerIdentity.Of(context) is { } peer ? string.Join(", ", peer.Names) : "somebody without a certificate";
        logger.Accessed(
            AccessLog.Shown(caller),
            context.Peer,
            action,
            AccessLog.Shown(subject.Name),
            subject.ContainerGuid,
            AccessLog.Shown(detail)
        );
    }

    private static string UserOf(ProcessSpec spec) => spec.User.Length > 0 ? spec.User : "of the image";

    private static DomainException NotRunning(AccessSubject subject, string why) =>
        new DomainError(ErrorKind.InvalidStateTransition, $"{subject.Name} does not run: {why}").ToException();

    private static string Name(string property) => SettingAttribute.NameOf(typeof(RepOptions).GetProperty(property)!);
}
