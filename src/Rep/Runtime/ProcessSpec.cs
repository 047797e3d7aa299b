namespace Scheduler.Rep.Runtime;

/// <summary>A process to run inside a container.</summary>
public sealed record ProcessSpec
{
    /// <summary>
    /// The program: an absolute path, or a name looked up in the process's PATH inside the container. Empty: the image's entrypoint,
    /// followed by <see cref="Args"/> or, if there are none, by the image's command.
    /// </summary>
    public required string Path { get; init; }

    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>
    /// Working directory; empty: the image's, else the user's home, else <c>/</c>. A missing directory is created and belongs to the user.
    /// </summary>
    public string Dir { get; init; } = "";

    /// <summary>
    /// Appended to the image's and the container's variables; a later value of a name wins. PATH, HOME and USER have defaults.
    /// </summary>
    public IReadOnlyList<EnvironmentVariable> Environment { get; init; } = [];

    /// <summary>
    /// <c>name</c>, <c>uid</c>, <c>name:group</c> or <c>uid:gid</c>; empty: the image's user, else root. Names are looked up in the
    /// container.
    /// </summary>
    public string User { get; init; } = "";

    /// <summary>Limit of open files; 0: <see cref="RuntimeOptions.DefaultOpenFiles"/>.</summary>
    public long OpenFiles { get; init; }
}
