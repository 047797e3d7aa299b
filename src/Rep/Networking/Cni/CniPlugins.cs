using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Cni;

/// <summary>
/// Runs the CNI plugin bridge, which in turn runs host-local: parameters in the environment, configuration on standard input, the
/// result on standard output.
/// </summary>
internal sealed class CniPlugins
{
    private const string Package = "containernetworking-plugins";
    private const string Interface = "eth0";

    private readonly Commands _commands;
    private readonly string _path;
    private readonly string _bridge;

    /// <exception cref="ContainerRuntimeException">A plugin is missing.</exception>
    public CniPlugins(Commands commands, IReadOnlyList<string> directories)
    {
        _commands = commands;
        _path = string.Join(':', directories);
        _bridge = Programs.Find("bridge", directories, Package);
        Programs.Find("host-local", directories, Package);
    }

    /// <returns>The plugin's result.</returns>
    public Task<string> AddAsync(string container, string networkNamespace, string config, CancellationToken cancellation) =>
        RunAsync("ADD", container, networkNamespace, config, cancellation);

    /// <param name="networkNamespace">Empty if the namespace is already gone: then only what is outside of it is removed.</param>
    public async Task DeleteAsync(string container, string networkNamespace, string config, CancellationToken cancellation) =>
        await RunAsync("DEL", container, networkNamespace, config, cancellation);

    private async Task<string> RunAsync(
        string command,
        string container,
        string networkNamespace,
        string config,
        CancellationToken cancellation
    )
    {
        KeyValuePair<string, string>[] environment =
        [
            new("CNI_COMMAND", command),
            new("CNI_CONTAINERID", container),
            new("CNI_NETNS", networkNamespace),
            new("CNI_IFNAME", Interface),
            new("CNI_PATH", _path),
        ];
        var result = await _commands.RunAsync(_bridge, [], cancellation, config, environment);
        if (result.ExitCode == 0)
            return result.Output;
        throw new ContainerRuntimeException(
            $"CNI plugin {_bridge} {command} for container {container} failed: {CniConfig.ReadError(result.Output, result.Error)}"
        );
    }
}
