using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Bbs.Commands;

/// <summary>Outcome of a command: a value, or the reason for the refusal.</summary>
internal readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, DomainError? error) => (_value, Error) = (value, error);

    public DomainError? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool Ok => Error is null;

    /// <exception cref="DomainException">The command was refused.</exception>
    public T Value => Error is null ? _value! : throw Error.ToException();

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(DomainError error) => new(default, error);
}

/// <summary>The value of a command that returns nothing.</summary>
internal readonly record struct Done;
